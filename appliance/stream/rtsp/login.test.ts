import { describe, expect, it } from 'vitest';
import { authorization, chooseChallenge } from './login.ts';

const md5 =
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const sha256 = md5.replace('MD5', 'SHA-256');
// The example of RFC 7616 section 3.9.1.
const rfc7616 = {
  user: 'Mufasa',
  password: 'Circle of Life',
  method: 'GET',
  uri: '/dir/index.html',
  count: 1,
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};

function answer(offers: string[], login = rfc7616): string {
  const challenge = chooseChallenge(offers);
  if (!challenge) throw new Error('nothing was chosen');
  return authorization(challenge, login);
}

describe('login', () => {
  it('answers MD5 as RFC 7616 does', () => {
    expect(answer([md5])).toContain('response="8ca523f5e9506fed4657c9700eebdbec"');
    expect(answer([md5])).toContain('nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"');
  });

  it('answers SHA-256 as RFC 7616 does', () => {
    expect(answer([sha256])).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
    expect(answer([sha256])).toContain('algorithm=SHA-256');
  });

  it('answers the older form without qop (RFC 2617 section 5 without its qop)', () => {
    const offer = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"';
    // MD5(MD5("Mufasa:testrealm@host.com:Circle Of Life"):nonce:MD5("GET:/dir/index.html"))
    expect(answer([offer], { ...rfc7616, password: 'Circle Of Life' })).toContain(
      'response="670fd8c2df070c60b045671b8b24ff02"',
    );
  });

  it('answers Basic', () => {
    expect(answer(['Basic realm="x"'], { ...rfc7616, user: 'ü', password: 'a:b' })).toBe(
      `Basic ${Buffer.from('ü:a:b').toString('base64')}`,
    );
  });

  it.each([
    [['Basic realm="x"', md5, sha256], 'SHA-256'],
    [['Basic realm="x"', md5], 'MD5'],
    [[`Basic realm="x", ${md5}`], 'MD5'],
    [[`${md5}, Basic realm="x"`], 'MD5'],
  ])('chooses the safest that is offered', (offers, algorithm) => {
    expect(chooseChallenge(offers)).toMatchObject({ scheme: 'digest', algorithm });
  });

  it.each([
    [[]],
    [['Bearer realm="x"']],
    [['Digest realm="x"']],
    [['Digest nonce="x", algorithm=SHA-512-256']],
    [['Digest nonce="x", qop="auth-int"']],
  ])('chooses nothing it cannot answer: %j', (offers) => expect(chooseChallenge(offers)).toBeUndefined());

  it('keeps quotes in names whole', () => {
    const challenge = chooseChallenge(['Digest realm="the \\"yard\\"", nonce="n"']);
    expect(challenge).toMatchObject({ realm: 'the "yard"' });
    expect(answer(['Digest realm="the \\"yard\\"", nonce="n"'])).toContain('realm="the \\"yard\\""');
  });
});
