import { BryoError } from '../base/errors.ts';
import { randomBytes, randomHex } from '../base/random.ts';

/** A new container id: 64 hexadecimal digits. */
export function newContainerId(): string {
  for (;;) {
    const id = randomHex(32);
    // An abbreviated id of digits only would read as a number in scripts (and in YAML).
    if (/[a-f]/.test(id.slice(0, 12))) return id;
  }
}

/** The abbreviation that listings print. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const maxNameLength = 255;

/** Throws BryoError `bad-name` unless the name is what podman accepts; it becomes a file name. */
export function checkContainerName(name: string): void {
  if (!namePattern.test(name) || name.length > maxNameLength) {
    throw new BryoError('bad-name', `invalid name ${JSON.stringify(name)}`, {
      hint: `names are letters, digits, "_", "." and "-", at most ${maxNameLength}, beginning with a letter or digit`,
    });
  }
}

const adjectives = `amber brisk calm deft eager fern gentle hazy idle jolly keen lush mellow
  nimble olive plush quiet rustic silky tender umber velvet wispy young zesty dewy shady mossy
  sunny misty`.split(/\s+/);
const bryophytes = `andreaea barbula bryum ceratodon dicranum encalypta fissidens funaria grimmia
  hookeria hypnum isothecium jungermannia kindbergia leucobryum marchantia mnium neckera
  orthotrichum polytrichum racomitrium riccia schistostega sphagnum tetraphis tortula ulota
  weissia zygodon`.split(/\s+/);

/** A readable name for a container that was given none, such as `misty_sphagnum`. */
export function generateName(attempt: number): string {
  const [a = 0, b = 0, c = 0] = randomBytes(3);
  const base = `${adjectives[a % adjectives.length]}_${bryophytes[b % bryophytes.length]}`;
  return attempt < 3 ? base : `${base}${(attempt << 8) + c}`;
}
