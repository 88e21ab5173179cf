/** Flags whose values are nobody's business; `-p` is one of login alone. */
const secretFlags = ['--creds', '--password', '--registry-token'];

/** A command line for the log, without passwords. */
export function loggedWords(argv: readonly string[]): string[] {
  const secret = argv.includes('login') ? [...secretFlags, '-p'] : secretFlags;
  return argv.map((word, index) => {
    if (secret.includes(argv[index - 1] ?? '')) return '***';
    const flag = secret.find((name) => word.startsWith(name) && word !== name);
    return flag === undefined ? word : `${flag}=***`;
  });
}
