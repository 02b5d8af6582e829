/**
 * The socket in the data folder through which a person at a shell reaches the running program.
 * Whoever may open the file is already in: no password is asked. It also tells whether a program
 * is running with this data folder, so that two never write the same files.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { posix, win32 } from 'node:path';

/** What a word asks of the running program, with at most one argument; the answer is printed as JSON or text. */
export type LocalHandlers = Readonly<Record<string, (argument: string) => Promise<unknown>>>;

/** Where the socket of a data folder is: the same for everybody who names the same folder. */
export function socketPath(data: string, platform: string = process.platform): string {
  if (platform !== 'win32') return posix.join(data, 'perch.sock');
  // Windows has named pipes instead, all in one place, and does not tell upper case from lower.
  const folder = win32.resolve(data).toLowerCase();
  return `\\\\.\\pipe\\perch-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
}

/** Serves the handlers, by name, on the socket of this data folder. */
export async function serveLocal(data: string, handlers: LocalHandlers): Promise<Server> {
  const path = socketPath(data);
  // What a killed program left behind; nobody answers there, the caller has made sure.
  if (process.platform !== 'win32') await rm(path, { force: true });
  const server = createServer((asked, answer) => {
    const [name = '', argument = ''] = (asked.url ?? '').slice(1).split('/').map(decodeURIComponent);
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    Promise.resolve(handler?.(argument))
      .then((result) => {
        answer.writeHead(handler ? 200 : 404, { 'content-type': 'application/json' });
        answer.end(JSON.stringify(result ?? null));
      })
      .catch((error: Error) => {
        answer.writeHead(500, { 'content-type': 'application/json' });
        answer.end(JSON.stringify({ error: error.message }));
      });
  });
  // The socket is made within this call: what others make meanwhile keeps its own mode.
  const mask = process.umask(0o177);
  server.listen(path);
  process.umask(mask);
  await once(server, 'listening');
  return server;
}

/**
 * Asks the running program; `timeoutMs` is how long it may be silent.
 * @returns its answer, or undefined when none runs with this data folder
 * @throws Error in the program's words
 */
export async function askLocal(data: string, name: string, argument = '', timeoutMs = 5_000): Promise<unknown> {
  const path = `/${name}/${encodeURIComponent(argument)}`;
  const asked = request({ socketPath: socketPath(data), path, timeout: timeoutMs });
  // One that hangs is as good as none.
  asked.on('timeout', () => asked.destroy());
  asked.end();
  let answer: import('node:http').IncomingMessage;
  try {
    [answer] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  } catch {
    return undefined;
  }
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  const result = JSON.parse(text) as { error?: string } | null;
  if (answer.statusCode !== 200) throw new Error(result?.error ?? `the running Perch does not know "${name}"`);
  return result;
}
