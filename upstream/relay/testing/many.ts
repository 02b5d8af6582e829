/** Many devices that a test plays: each connects, says how it is, and takes what it is told. */
import { WebSocket } from 'ws';
import {
  CameraStateNumber,
  CommandType,
  decodeCommand,
  encodeStatus,
  type WireSettings,
  type WireStatus,
} from '../../../proto/index.ts';
import { subprotocol } from '../../link/wire.ts';
import type { RelayProcess } from './process.ts';

export interface PlayedOptions {
  readonly camera?: string;
  readonly state?: number;
  readonly message?: string;
  readonly picture?: Uint8Array;
  readonly settings?: WireSettings;
}

/** One device with one camera. */
export class PlayedDevice {
  readonly name: string;
  readonly socket: WebSocket;
  readonly #options: PlayedOptions;
  settings: WireSettings;
  #revision = 1;

  constructor(relay: RelayProcess, name: string, key: string, options: PlayedOptions = {}) {
    this.name = name;
    this.#options = options;
    this.settings = { width: 1280, height: 720, fps: 30, bitrate: '2M', brightness: 0, ...options.settings };
    this.socket = new WebSocket(relay.url.replace('http', 'ws'), [subprotocol], {
      headers: { authorization: `Bearer ${key}` },
      perMessageDeflate: false,
    });
    this.socket.on('error', () => {});
    this.socket.on('open', () => this.tell({}));
    this.socket.on('message', (data: Buffer) => this.#answer(data));
  }

  tell(status: WireStatus): void {
    const { camera = 'camera', state = CameraStateNumber.live, message = 'Live.' } = this.#options;
    const whole: WireStatus = {
      success: true,
      current_settings: { ...this.settings, cameraName: camera },
      revision: this.#revision,
      state,
      state_message: message,
      timestamp: Date.now(),
      ...status,
    };
    this.socket.send(encodeStatus(whole));
  }

  #answer(data: Buffer): void {
    const { command = 0, settings, request_id, asker } = decodeCommand(data);
    const about = { ...(request_id !== undefined && { request_id }), ...(asker !== undefined && { asker }) };
    if (command === CommandType.GET_SNAPSHOT) {
      this.tell({ ...about, ...(this.#options.picture && { picture: this.#options.picture }) });
    } else if (command === CommandType.UPDATE_SETTINGS) {
      const { cameraName: _, ...changed } = settings ?? {};
      this.settings = { ...this.settings, ...changed };
      this.#revision += 1;
      this.tell({ ...about, message: 'Done.' });
      this.tell({});
    } else this.tell(about);
  }
}

/** Registers and connects so many, named by `name`. */
export async function playMany(
  relay: RelayProcess,
  count: number,
  name: (at: number) => string,
  options: (at: number) => PlayedOptions | undefined = () => ({}),
): Promise<PlayedDevice[]> {
  const devices: PlayedDevice[] = [];
  for (let from = 0; from < count; from += 50) {
    const numbers = Array.from({ length: Math.min(50, count - from) }, (_, at) => from + at);
    const keys = await Promise.all(numbers.map((at) => relay.register(name(at))));
    for (const [at, key] of keys.entries()) {
      const own = options(from + at);
      if (own) devices.push(new PlayedDevice(relay, name(from + at), key, own));
    }
  }
  return devices;
}
