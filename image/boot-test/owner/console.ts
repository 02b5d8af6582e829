/** A computer at the USB socket of a board that can be a device there. */
import { expect, test } from 'vitest';
import { loginName, loginPassword, type Place } from './place.ts';

/** Logs in at the computer's end of the cable, and prints what a command says there. */
const visit = `
import os, select, subprocess, sys, time, tty
name, password, command = sys.argv[1:]
# What is typed before the login listens is thrown away.
while not os.path.exists('/dev/ttyACM0') or subprocess.run(['pgrep', '-t', 'ttyGS0', 'agetty'], stdout=subprocess.DEVNULL).returncode:
    time.sleep(0.5)
port = os.open('/dev/ttyACM0', os.O_RDWR | os.O_NOCTTY)
tty.setraw(port)
heard = ''
def until(end, seconds=60, silent=None):
    global heard
    while end not in heard:
        if select.select([port], [], [], seconds)[0]:
            heard += os.read(port, 1000).decode(errors='replace')
        elif silent:
            silent()
        else:
            sys.exit('nothing more after: ' + repr(heard))
    before, heard = heard.split(end, 1)
    return before
def line(text):
    os.write(port, (text + '\\r').encode())
# As somebody does who sees nothing yet: Enter, and after a while again.
line('')
until('login: ', 8, lambda: line(''))
line(name)
until('assword: ')
line(password)
until('$ ')
# What is typed is echoed: the marks are put together by the shell only, so that their echo is not them.
line("printf 'MARK-%s\\\\n' BEGIN; " + command + "; printf 'MARK-%s\\\\n' END; exit")
until('MARK-BEGIN')
print(until('MARK-END').strip())
`;

export function usbConsole(at: Place): void {
  test('a computer that is plugged in finds a serial port with a login', async () => {
    // Both ends of a cable in one kernel.
    await at.machine.shell('sudo modprobe dummy_hcd');
    const script = Buffer.from(visit).toString('base64');
    const said = await at.machine.shell(
      `echo ${script} | base64 -d >/tmp/visit.py; sudo python3 /tmp/visit.py ${loginName} '${loginPassword}' 'id -un; tty'`,
    );
    expect(said.trim().split(/\s+/)).toEqual([loginName, '/dev/ttyGS0']);
    expect(await at.machine.shell('cat /sys/class/tty/ttyACM0/device/../product')).toBe('Perch console\n');
    await at.machine.shell('sudo rmmod g_serial dummy_hcd');
  });
}
