/**
 * Puts values of variables in the place of `$(NAME)`; `$$` is a dollar, and what names no variable stays as it is
 * (k8s.io/kubernetes, third_party/forked/golang/expansion).
 */
export function expandVariables(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return '$';
    return Object.hasOwn(env, name) ? (env[name] ?? '') : whole;
  });
}
