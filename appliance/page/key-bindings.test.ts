import { expect, it } from 'vitest';
import { readKey } from './key-bindings.ts';

const plain = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };

it.each([
  ['ArrowRight', {}, { kind: 'step', steps: 1 }],
  ['ArrowLeft', { shiftKey: true }, { kind: 'step', steps: -10 }],
  ['1', {}, { kind: 'preset', at: 0 }],
  ['9', {}, { kind: 'preset', at: 8 }],
  ['F', {}, { kind: 'full' }],
  ['s', {}, { kind: 'snapshot' }],
  ['c', {}, { kind: 'compare' }],
  ['?', { shiftKey: true }, { kind: 'help' }],
  ['z', { ctrlKey: true }, { kind: 'undo' }],
  ['s', { ctrlKey: true }, undefined],
  ['c', { metaKey: true }, undefined],
  ['ArrowUp', {}, undefined],
  ['toString', {}, undefined],
  ['0', {}, undefined],
])('reads %s with %o', (key, held, wanted) => expect(readKey({ ...plain, ...held, key })).toEqual(wanted));
