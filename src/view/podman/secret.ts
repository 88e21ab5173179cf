import type { SecretInfo } from '../../secret/secret.ts';

/** A secret with podman's field names. */
export function describeSecret(info: SecretInfo): Record<string, unknown> {
  return {
    ID: info.id,
    CreatedAt: info.createdAt,
    UpdatedAt: info.updatedAt,
    Spec: {
      Name: info.name,
      Driver: { Name: info.driver, Options: info.driverOptions },
      Labels: info.labels,
    },
  };
}
