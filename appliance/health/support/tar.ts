/** A .tar.gz of a few texts: the ustar format, as POSIX.1-1988 has it. */
import { gzipSync } from 'node:zlib';

const blockBytes = 512;

export interface TextFile {
  /** At most 100 bytes, in ASCII. */
  readonly name: string;
  readonly text: string;
}

/** Packs the files; `at` is their time, in ms since 1970. */
export function tarGz(files: readonly TextFile[], at: number): Buffer {
  const parts = files.flatMap(({ name, text }) => {
    const body = Buffer.from(text);
    const padding = Buffer.alloc((blockBytes - (body.length % blockBytes)) % blockBytes);
    return [header(name, body.length, at), body, padding];
  });
  // Two empty blocks end it.
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]));
}

function header(name: string, bytes: number, at: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write(name, 0, 100, 'ascii');
  block.write(octal(0o644, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(bytes, 11), 124);
  block.write(octal(Math.max(0, Math.floor(at / 1000)), 11), 136);
  // The sum is made as if its own field held spaces.
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
