/** Every `<div data-perch-camera>` of a page becomes a control panel, by the site's own WebSocket. */
import { mountCamera } from './camera.ts';

for (const element of document.querySelectorAll<HTMLElement>('[data-perch-camera]')) mountCamera(element);
