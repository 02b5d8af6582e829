/** What a viewer's browser shows, asked from outside the page. */
import type { BrowserContext, Page } from 'playwright-core';

export interface Watched {
  /** Marks that stay with an object for life: another one in its place has another mark. */
  readonly video: number;
  readonly connection: number;
  /** Peer connections the page has made so far. */
  readonly connections: number;
  readonly state: string;
  readonly size: string;
}

interface Marked {
  mark?: number;
}
interface MarkingWindow {
  madeConnections: (RTCPeerConnection & Marked)[];
  nextMark: number;
  shownVideo(): HTMLVideoElement & Marked;
}

/**
 * Lets every page of this browser remember the peer connections it makes. `without` takes abilities away, as older
 * browsers and strict settings do. Call before a page is opened.
 */
export async function rememberConnections(browser: BrowserContext, without: readonly string[] = []): Promise<void> {
  await browser.addInitScript((missing) => {
    const own = window as unknown as MarkingWindow;
    own.madeConnections = [];
    own.nextMark = 1;
    for (const ability of missing) Reflect.deleteProperty(window, ability);
    if (!missing.includes('RTCPeerConnection')) {
      const Original = RTCPeerConnection;
      window.RTCPeerConnection = class extends Original {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          own.madeConnections.push(this);
        }
      };
    }
    own.shownVideo = () => {
      const videos = [...document.querySelectorAll('video')];
      const shown = videos.find((video) => video.checkVisibility() && video.videoWidth > 0) ?? videos[0];
      if (!shown) throw new Error('there is no video on the page');
      return shown;
    };
  }, without);
}

/** Resolves when the page's video shows its next picture. */
export async function playing(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('video') !== null);
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        for (const video of document.querySelectorAll('video')) video.requestVideoFrameCallback(() => resolve());
      }),
  );
}

/** Resolves when the players' race is over: the page plays one video, live. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelectorAll('video').length === 1 && document.querySelector('[data-live="yes"]') !== null,
  );
  await playing(page);
}

/** Which video and which peer connection the page plays by now. */
export function watch(page: Page): Promise<Watched> {
  return page.evaluate(() => {
    const own = window as unknown as MarkingWindow;
    const mark = (thing: Marked) => {
      thing.mark ??= own.nextMark++;
      return thing.mark;
    };
    const video = own.shownVideo();
    const connection = own.madeConnections.findLast(({ connectionState }) => connectionState !== 'closed');
    return {
      video: mark(video),
      connection: connection ? mark(connection) : 0,
      connections: own.madeConnections.length,
      state: connection?.connectionState ?? 'none',
      size: `${video.videoWidth}x${video.videoHeight}`,
    };
  });
}

/** Average colour of the picture shown, a video's or MJPEG's, each 0 to 255. */
export function averageColour(page: Page): Promise<{ rgb: [number, number, number]; luma: number }> {
  return page.evaluate(() => {
    const image = document.querySelector<HTMLImageElement>('[data-part="player"] img');
    const picture = image ?? (window as unknown as MarkingWindow).shownVideo();
    const canvas = document.createElement('canvas');
    canvas.width = 64;
    canvas.height = 48;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(picture, 0, 0, 64, 48);
    const { data } = context.getImageData(0, 0, 64, 48);
    const sum = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4)
      for (const part of [0, 1, 2]) sum[part] = (sum[part] ?? 0) + (data[at + part] ?? 0);
    const [red = 0, green = 0, blue = 0] = sum.map((each) => each / (64 * 48));
    return { rgb: [red, green, blue], luma: 0.2126 * red + 0.7152 * green + 0.0722 * blue };
  });
}
