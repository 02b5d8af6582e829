/** The part of node-pty that Perch uses; the package with prebuilt add-ons types it under its own name only. */
declare module 'node-pty' {
  export interface IPty {
    readonly pid: number;
    readonly onData: (listener: (text: string) => void) => { dispose(): void };
    readonly onExit: (listener: (end: { exitCode: number; signal?: number }) => void) => { dispose(): void };
    resize(cols: number, rows: number): void;
    pause(): void;
    resume(): void;
  }
  export function spawn(
    file: string,
    args: string[],
    options: { name: string; cols: number; rows: number; cwd: string; env: Record<string, string> },
  ): IPty;
}
