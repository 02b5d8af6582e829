/**
 * Stands in for `long` where the protocol is bundled for browsers: protobufjs then reads 64-bit numbers as plain
 * ones, which is all the protocol needs (microseconds stay exact for 285 years). `long` itself compiles
 * WebAssembly, which the page's content security policy does not allow.
 */
export {};
