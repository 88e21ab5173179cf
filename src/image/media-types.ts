/** Media types of the OCI image specification and of Docker's image manifest schema 2. */
export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

const layerTypes = new Set<string>([
  mediaTypes.ociLayer,
  mediaTypes.ociLayerGzip,
  mediaTypes.ociLayerZstd,
  mediaTypes.dockerLayer,
  mediaTypes.dockerLayerGzip,
  'application/vnd.docker.image.rootfs.diff.tar.zstd',
]);

export function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerList;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest;
}

export function isConfigType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociConfig || mediaType === mediaTypes.dockerConfig;
}

/** Layers that unpack: tar, plain, gzip or zstd. */
export function isLayerType(mediaType: string): boolean {
  return layerTypes.has(mediaType);
}

/** How a layer of this type is compressed. */
export function layerCompression(mediaType: string): 'none' | 'gzip' | 'zstd' {
  if (/[.+]zstd$/.test(mediaType)) return 'zstd';
  return /[.+]gzip$/.test(mediaType) ? 'gzip' : 'none';
}

/** Layers whose bytes live at an address of the image's choosing; those are never fetched. */
export function isForeignLayerType(mediaType: string): boolean {
  return mediaType.includes('nondistributable') || mediaType.includes('rootfs.foreign');
}
