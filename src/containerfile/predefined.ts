/** The arguments and platforms that a build is asked for. */
export interface BuildArguments {
  /** `--build-arg`. */
  given: Readonly<Record<string, string>>;
  /** `linux/arm64/v8`: the platform of the result. */
  platform: string;
  /** The platform that the build runs on. */
  buildPlatform: string;
  /** The stage that is asked for: `TARGETSTAGE`. */
  target?: string | null;
}

function platformArguments(prefix: string, platform: string): [string, string][] {
  const [os = '', architecture = '', variant = ''] = platform.split('/');
  return [
    [`${prefix}PLATFORM`, platform],
    [`${prefix}OS`, os],
    [`${prefix}ARCH`, architecture],
    [`${prefix}VARIANT`, variant],
  ];
}

/** Arguments of every build, for those who declare them (Dockerfile reference, "Automatic platform ARGs"). */
export function automaticArguments(build: BuildArguments): Map<string, string> {
  return new Map([
    ...platformArguments('BUILD', build.buildPlatform),
    ...platformArguments('TARGET', build.platform),
    ['TARGETSTAGE', build.target || 'default'],
  ]);
}

const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];

/** Whether it is one of the proxies: RUN gets those that are given without any ARG, and no history shows them. */
export function isProxyArgument(name: string): boolean {
  const upper = name.toUpperCase();
  return proxies.includes(upper) && (name === upper || name === upper.toLowerCase());
}
