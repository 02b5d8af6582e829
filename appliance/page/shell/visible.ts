/** What a phone's keyboard leaves of the page. */

/** Lower than this part of the window, the rest is a keyboard. */
const keyboardBelow = 0.8;

/** A phone's keyboard covers the page without making it smaller: what is left of it is known only to the visual viewport. */
export function fitVisible(place: HTMLElement): void {
  if (!visualViewport) return;
  const { height, offsetTop } = visualViewport;
  document.documentElement.classList.toggle('keyboard', height < innerHeight * keyboardBelow);
  place.style.setProperty('--visible-height', `${height}px`);
  place.style.setProperty('--visible-top', `${offsetTop}px`);
}
