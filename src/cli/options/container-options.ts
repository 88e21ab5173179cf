import type { OptionSpec } from '../command.ts';
import { dependencyOptions } from './container/dependencies.ts';
import { deviceOptions } from './container/devices.ts';
import { environmentOptions } from './container/environment.ts';
import { fileOptions } from './container/files.ts';
import { filesystemOptions } from './container/filesystem.ts';
import { healthOptions } from './container/health.ts';
import { identityOptions } from './container/identity.ts';
import { imageOptions } from './container/image.ts';
import { lifecycleOptions } from './container/lifecycle.ts';
import { limitOptions } from './container/limits.ts';
import { logOptions } from './container/log.ts';
import { networkOptions } from './container/network.ts';
import { notifyOptions } from './container/notify.ts';
import { pidFileOptions } from './container/pid-files.ts';
import { processOptions } from './container/process.ts';
import { securityOptions } from './container/security.ts';
import { usernsOptions } from './container/userns.ts';
import { namespaceOptions } from './namespace-flags.ts';

/** The flags that `run` and `create` share; each topic has its file in `container/`. */
export const containerOptions: readonly OptionSpec[] = [
  ...identityOptions,
  ...processOptions,
  ...environmentOptions,
  ...lifecycleOptions,
  ...filesystemOptions,
  ...fileOptions,
  ...deviceOptions,
  ...dependencyOptions,
  ...networkOptions,
  ...securityOptions,
  ...usernsOptions,
  ...namespaceOptions,
  ...limitOptions,
  ...logOptions,
  ...pidFileOptions,
  ...healthOptions,
  ...notifyOptions,
  ...imageOptions,
];
