/** One camera on a page of a Django site: its panel, and a line that says what stands in the way of it. */
import { mountPanel, type Panel } from '../../../appliance/page/panel/index.ts';
import { ControlTransport } from '../../../appliance/page/transport.ts';
import { CommandType, type WireStatus } from '../../../proto/index.ts';
import { trouble, waits } from './trouble.ts';

/** Milliseconds until a camera whose name is not known yet is asked again. */
const askAgainMs = 5000;

/** Fills the element that the template tag wrote. A second call for the same element does nothing. */
export function mountCamera(element: HTMLElement): void {
  if (element.shadowRoot) return;
  const { socket, style, camera, mayChange } = element.dataset;
  // The same for as long as this page stands: what is said again after a break is known by it.
  const client = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
  if (socket === undefined || style === undefined) return;
  // In a shadow root neither the site's style sheets reach the panel nor the panel's the site.
  const root = element.attachShadow({ mode: 'open' });
  const line = document.createElement('p');
  line.className = 'perch-trouble';
  line.setAttribute('role', 'status');
  const place = document.createElement('div');
  root.append(styleSheet(style), line, place);

  const transport = new ControlTransport(() => new WebSocket(socketAddress(socket, client), 'camera_control.v1'));
  let panel: Panel | undefined;
  let asking = false;

  const say = (text: string): void => {
    if (line.textContent !== text) line.textContent = text;
    element.dataset.state = text === '' ? 'there' : 'away';
  };
  const hear = (status: WireStatus): void => {
    const { text, final } = trouble(status);
    if (text !== undefined) say(text);
    // Trying again would only bring the same answer.
    if (final) transport.close();
  };
  const mount = (name: string): void => {
    panel ??= mountPanel(
      place,
      {
        send: async (command) => {
          const status = await transport.send(command);
          if (command.command === CommandType.GET_STATUS || waits(status)) hear(status);
          return status;
        },
        onPush: (listener) => transport.onPush(listener),
        onOpen: (listener) => transport.onOpen(listener),
      },
      {
        camera: name,
        ...(mayChange === 'yes' ? {} : { readOnly: 'You may look at this camera, but not change it.' }),
      },
    );
  };
  /** Which camera comes first only the device knows. */
  const ask = async (): Promise<void> => {
    if (panel || asking) return;
    asking = true;
    try {
      const status = await transport.send({ command: CommandType.GET_STATUS });
      hear(status);
      const name = status.current_settings?.cameraName;
      if (name) mount(name);
      else setTimeout(() => void ask(), askAgainMs);
    } catch {
      // No answer: the next connection asks again.
    } finally {
      asking = false;
    }
  };

  transport.onPush(hear);
  transport.onPush(() => void ask());
  transport.onState((state) => {
    if (state === 'waiting') say('This site does not answer. The panel connects again by itself.');
    else if (state === 'open') say('');
  });
  if (camera) mount(camera);
  else transport.onOpen(() => void ask());
  addEventListener('online', () => transport.hurry());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) transport.hurry();
  });
  transport.open();
}

function styleSheet(address: string): HTMLLinkElement {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = address;
  return link;
}

function socketAddress(path: string, client: string): URL {
  const url = new URL(path, location.href);
  url.searchParams.set('client', client);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}
