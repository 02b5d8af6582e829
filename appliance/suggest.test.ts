import { expect, test } from 'vitest';
import { suggest } from './suggest.ts';

const known = ['port', 'host', 'password', 'camera_name'];
test.each([
  ['prot', 'Did you mean "port"?'],
  ['pasword', 'Did you mean "password"?'],
  ['camera-name', 'Did you mean "camera_name"?'],
  ['colour', 'Keys are: port, host, password, camera_name.'],
  ['x', 'Keys are: port, host, password, camera_name.'],
  ['', 'Keys are: port, host, password, camera_name.'],
])('"%s" is continued by %s', (name, sentence) => {
  expect(suggest(name, known, 'Keys are')).toBe(sentence);
});
