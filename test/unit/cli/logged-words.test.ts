import t from 'tap';
import { loggedWords } from '../../../src/cli/logged-words.ts';

const cases: [string, string][] = [
  ['pull --creds ann:secret image', 'pull --creds *** image'],
  ['pull --creds=ann:secret image', 'pull --creds=*** image'],
  ['login -u ann -p secret host', 'login -u ann -p *** host'],
  ['login --password=secret host', 'login --password=*** host'],
  ['login -psecret host', 'login -p=*** host'],
  ['run -p 80:80 image --credsomething', 'run -p 80:80 image --creds=***'],
];

t.test('passwords do not come into the log', async (t) => {
  for (const [line, logged] of cases) t.equal(loggedWords(line.split(' ')).join(' '), logged);
});
