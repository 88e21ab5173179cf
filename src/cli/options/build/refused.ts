const noScan = 'no scanner of packages comes with bryo: scan the finished image with one';

/** Flags of podman's and docker's `build` that bryo knows and does not have, each with the reason. */
export const refusedBuildFlags: Readonly<Record<string, string>> = {
  'all-platforms': 'base images are asked for the platforms that --platform names',
  allow: 'RUN never gets more rights than its container has: there are no entitlements',
  attest: 'no attestations are made: what a build did is in its history and --metadata-file',
  builder: 'there is one builder, bryo itself',
  cw: 'images for confidential workloads need krun and its tools',
  'decryption-key': 'encrypted layers are not supported',
  'hooks-dir': 'hooks of the host do not run at RUN, which is confined',
  'layer-label':
    'results of instructions are no images of their own, which could have labels: see --label',
  'runtime-flag': 'RUN is a container of bryo itself, which takes no flags',
  'sbom-image-output': noScan,
  'sbom-image-purl-output': noScan,
  'sbom-merge-strategy': noScan,
  'sbom-output': noScan,
  'sbom-purl-output': noScan,
  'sbom-scanner-command': noScan,
  'sbom-scanner-image': noScan,
  'sign-by': 'an image is signed when it is pushed: bryo push --sign-by, or bryo image sign',
  'userns-gid-map-group':
    "only the caller's own range of /etc/subgid can be used, which is the default",
  'userns-uid-map-user':
    "only the caller's own range of /etc/subuid can be used, which is the default",
};
