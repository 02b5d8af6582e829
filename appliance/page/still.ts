/** A picture kept on a canvas: from before a change, for Compare; or the last one before the connection was lost. */

/** Changes that follow each other within this time are one series with one picture from before it, ms. */
const seriesMs = 20_000;
/** Wide enough to judge a picture, small enough to keep, pixels. */
const widest = 1920;

export type Pictured = HTMLVideoElement | HTMLImageElement;

/** One kept picture. */
export class Still {
  readonly #canvas: HTMLCanvasElement;
  #changedAt = Number.NEGATIVE_INFINITY;
  #kept = false;

  /** `canvas` lies over the picture and is shown while comparing. */
  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    canvas.hidden = true;
  }

  get kept(): boolean {
    return this.#kept;
  }

  /** A change is about to be made: keeps what is on the screen, unless it belongs to a series under way. */
  before(picture: Pictured | undefined): void {
    const now = performance.now();
    const goesOn = this.#kept && now - this.#changedAt < seriesMs;
    this.#changedAt = now;
    if (!goesOn) this.keep(picture);
  }

  /** Keeps what is on the screen. */
  keep(picture: Pictured | undefined): void {
    if (!picture) return;
    const [width, height] =
      picture instanceof HTMLVideoElement
        ? [picture.videoWidth, picture.videoHeight]
        : [picture.naturalWidth, picture.naturalHeight];
    if (width === 0 || height === 0) return;
    const part = Math.min(1, widest / width);
    this.#canvas.width = Math.round(width * part);
    this.#canvas.height = Math.round(height * part);
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    context.drawImage(picture, 0, 0, this.#canvas.width, this.#canvas.height);
    this.#kept = true;
  }

  show(on: boolean): void {
    this.#canvas.hidden = !(on && this.#kept);
  }

  /** Another camera: what was kept is of no use. */
  forget(): void {
    this.#kept = false;
    this.#canvas.hidden = true;
    this.#changedAt = Number.NEGATIVE_INFINITY;
  }
}
