/** Somebody in the network who uses the camera: claims it, changes settings, looks at its pictures. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Machine } from './machine.ts';
import { until } from './until.ts';

export const password = 'correct horse battery';

export interface CameraStatus {
  readonly name: string;
  readonly state: string;
  readonly source: string;
  readonly revision: number;
  readonly saved_revision: number;
  readonly applied_revision: number;
  readonly desired: Readonly<Record<string, number | string>>;
}

export class Visitor {
  readonly #machine: Machine;
  readonly #port: 'http' | 'recovery';
  #cookie = '';

  /** @param port of the camera's page, or of recovery's */
  constructor(machine: Machine, port: 'http' | 'recovery' = 'http') {
    this.#machine = machine;
    this.#port = port;
  }

  /** Chooses the camera's password. */
  claim(): Promise<Response> {
    return this.#enter('/api/claim');
  }

  login(): Promise<Response> {
    return this.#enter('/api/session');
  }

  async #enter(path: string): Promise<Response> {
    const answer = await this.send(path, 'POST', { password });
    this.#cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? this.#cookie;
    return answer;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return this.#machine.fetch(path, { ...init, headers: { ...init.headers, cookie: this.#cookie } }, this.#port);
  }

  async json<T>(path: string): Promise<T> {
    const answer = await this.fetch(path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  send(path: string, method: string, body: unknown): Promise<Response> {
    return this.fetch(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }

  /** Changes settings. @returns the change's revision */
  async patch(camera: string, settings: Readonly<Record<string, unknown>>): Promise<number> {
    const answer = await this.send(`/api/cameras/${camera}/settings`, 'PATCH', settings);
    const text = await answer.text();
    const { success = false, revision = -1 } = JSON.parse(text) as { success?: boolean; revision?: number };
    if (!success) throw new Error(`${JSON.stringify(settings)} for ${camera}: ${answer.status} ${text}`);
    return revision;
  }

  camera(name: string): Promise<CameraStatus> {
    return this.json(`/api/cameras/${name}`);
  }

  async cameras(): Promise<readonly CameraStatus[]> {
    return (await this.json<{ cameras: CameraStatus[] }>('/api/cameras')).cameras;
  }

  /** Until the camera is as `holds` says. */
  until(name: string, what: string, holds: (camera: CameraStatus) => boolean, seconds = 240): Promise<CameraStatus> {
    let seen: CameraStatus | undefined;
    return until(
      `${name} ${what}`,
      async () => {
        seen = await this.camera(name);
        return holds(seen) ? seen : undefined;
      },
      seconds,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; it was ${JSON.stringify(seen)}`);
    });
  }

  /** How bright the picture is now: the mean of its luma, 0 to 255. */
  async brightness(camera: string): Promise<number> {
    const answer = await this.fetch(`/api/cameras/${camera}/snapshot.jpg`);
    if (!answer.ok) throw new Error(`snapshot: ${answer.status} ${await answer.text()}`);
    return meanLuma(Buffer.from(await answer.arrayBuffer()));
  }

  socket(path: string): WebSocket {
    const address = `127.0.0.1:${this.#machine.ports[this.#port]}`;
    return new WebSocket(`ws://${address}${path}`, {
      headers: { cookie: this.#cookie, origin: `http://${address}` },
    });
  }

  /** Watches by MSE. `received` holds what a browser would be given: the initialization, then one fragment a picture. */
  watch(camera: string): { readonly socket: WebSocket; readonly received: Buffer[]; closed: boolean } {
    const socket = this.socket(`/api/mse/${camera}`);
    const viewer = { socket, received: [] as Buffer[], closed: false };
    socket.on('message', (data: Buffer, binary: boolean) => {
      if (binary) viewer.received.push(data);
      else viewer.received.length = 0;
    });
    socket.on('close', () => {
      viewer.closed = true;
    });
    socket.on('error', () => undefined);
    return viewer;
  }
}

/** Mean luma of the last picture in a JPEG or a piece of fMP4, as ffmpeg decodes it. */
export async function meanLuma(bytes: Buffer): Promise<number> {
  const ffmpeg = spawn('ffmpeg', ['-v', 'error', '-i', '-', '-pix_fmt', 'gray', '-s', '64x36', '-f', 'rawvideo', '-'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const parts: Buffer[] = [];
  let said = '';
  ffmpeg.stdout.on('data', (part: Buffer) => parts.push(part));
  ffmpeg.stderr.on('data', (part: Buffer) => {
    said += part.toString();
  });
  ffmpeg.stdin.on('error', () => undefined).end(bytes);
  await once(ffmpeg, 'close');
  const picture = Buffer.concat(parts).subarray(-64 * 36);
  if (picture.length < 64 * 36) throw new Error(`no picture in ${bytes.length} bytes: ${said}`);
  return picture.reduce((sum, each) => sum + each, 0) / picture.length;
}
