/** A bad network between one viewer and the server: a UDP relay on this machine that drops what it is told to. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export class LossyPath {
  /** Decides about each media packet on its way to the viewer; true drops it. */
  drop: (sequence: number) => boolean = () => false;
  dropped = 0;
  readonly #viewerSide: Socket = createSocket('udp4');
  readonly #serverSide: Socket = createSocket('udp4');
  #viewer: { address: string; port: number } | undefined;

  /** The answer with this path in place of the server. */
  async answer(answer: string): Promise<string> {
    const server = /a=candidate:\S+ 1 UDP \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host/i.exec(answer);
    const [, address = '', port = ''] = server ?? [];
    this.#viewerSide.bind(0, '127.0.0.1');
    this.#serverSide.bind(0);
    await Promise.all([once(this.#viewerSide, 'listening'), once(this.#serverSide, 'listening')]);
    this.#viewerSide.on('message', (data, from) => {
      this.#viewer = from;
      this.#serverSide.send(data, Number(port), address);
    });
    this.#serverSide.on('message', (data) => {
      const type = data.readUInt8(1) & 0x7f;
      const media = data.length > 12 && data.readUInt8(0) >> 6 === 2 && (type < 72 || type > 79);
      if (media && this.drop(data.readUInt16BE(2))) this.dropped += 1;
      else if (this.#viewer) this.#viewerSide.send(data, this.#viewer.port, this.#viewer.address);
    });
    const own = `a=candidate:1 1 UDP 2114977791 127.0.0.1 ${this.#viewerSide.address().port} typ host\r\n`;
    return answer.replaceAll(/a=candidate:.*\r\n/g, '').replace(/a=end-of-candidates\r\n|$/, (end) => own + end);
  }

  close(): void {
    this.#viewerSide.close();
    this.#serverSide.close();
  }
}
