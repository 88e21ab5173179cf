/** The `config` of an image as instructions change it (OCI image-spec config.md, and docker's further keys). */
export interface ImageSettings {
  User?: string;
  ExposedPorts?: Record<string, object>;
  Env?: string[];
  Entrypoint?: string[];
  Cmd?: string[];
  Volumes?: Record<string, object>;
  WorkingDir?: string;
  Labels?: Record<string, string>;
  StopSignal?: string;
  /** Docker's alone; left out of OCI images. */
  Healthcheck?: HealthSettings;
  OnBuild?: string[];
  Shell?: string[];
}

/** Docker's health check; times in nanoseconds. */
export interface HealthSettings {
  Test: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  StartInterval?: number;
  Retries?: number;
}
