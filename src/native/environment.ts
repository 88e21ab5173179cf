/** The process's own environment as execve(2) takes it, for what it starts or becomes. */
export function ownEnvironment(): string[] {
  return Object.entries(process.env).map(([key, value]) => `${key}=${value ?? ''}`);
}
