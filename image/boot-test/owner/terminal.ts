/** The terminal on the page. */
import { expect, test } from 'vitest';
import { typed } from '../typed.ts';
import { password } from '../visitor.ts';
import { loginPassword, type Place } from './place.ts';

export function terminal(at: Place): void {
  test('a terminal on the page asks for the password again, runs what is typed, and may sudo by the password of the login', async () => {
    await expect(typed(at.visitor.socket('/api/shell'), 'not the password', 'id')).rejects.toThrow('password');
    expect(await typed(at.visitor.socket('/api/shell'), password, 'id -un; stty size')).toBe('perch-recovery\r\n24 80');
    const sudo = (given: string) =>
      typed(
        at.visitor.socket('/api/shell'),
        password,
        `echo '${given}' | sudo -k -S -p '' id -un 2>/dev/null || echo no`,
      );
    expect(await sudo(loginPassword)).toBe('root');
    expect(await sudo(password)).toBe('no');
  });
}
