/** A person at the web terminal: opens it, types a command, reads what it says. */
import { once } from 'node:events';
import type { WebSocket } from 'ws';

/**
 * Opens a terminal over this socket, types `command` and gives what it printed; then ends the session.
 * @throws with the refusal's sentence
 */
export async function typed(socket: WebSocket, password: string, command: string): Promise<string> {
  let output = '';
  const done = new Promise<string>((resolve, reject) => {
    socket.on('message', (data: Buffer, binary: boolean) => {
      if (binary) {
        output += data.toString();
        const [, said] = /MARK-BEGIN([\s\S]*?)MARK-END/.exec(output) ?? [];
        if (said !== undefined) resolve(said.trim());
        return;
      }
      const frame = JSON.parse(data.toString()) as { type: string; message?: string };
      if (frame.type === 'refused' || frame.type === 'ended') reject(new Error(frame.message));
      if (frame.type !== 'opened') return;
      // What is typed is echoed: the marks are put together by the shell only, so that their echo is not them.
      socket.send(Buffer.from(`printf 'MARK-%s\\n' BEGIN; ${command}; printf 'MARK-%s\\n' END\n`));
    });
    socket.on('error', reject);
    socket.on('close', (code, reason) => reject(new Error(`closed: ${code} ${reason.toString()}; ${output}`)));
  });
  done.catch(() => undefined);
  try {
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'open', password, cols: 80, rows: 24 }));
    const said = await done;
    socket.send(JSON.stringify({ type: 'end' }));
    return said;
  } finally {
    socket.terminate();
  }
}
