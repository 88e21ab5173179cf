import {
  aNumber,
  anObject,
  aText,
  listOf,
  objectOf,
  orNull,
  textMap,
  texts,
} from './route/schema.ts';

/** Fields that both APIs show of a container. */
export const inspectedContainer = {
  Id: aText,
  Created: aText,
  Path: aText,
  Args: texts,
  State: anObject,
  Image: aText,
  Name: aText,
  RestartCount: aNumber,
  HostConfig: anObject,
  Mounts: listOf(anObject),
  Config: anObject,
  NetworkSettings: anObject,
};

/** Fields that both APIs show of an image in a list. */
export const listedImage = {
  Id: aText,
  ParentId: aText,
  RepoTags: texts,
  RepoDigests: texts,
  Created: aNumber,
  Size: aNumber,
  SharedSize: aNumber,
  Labels: orNull(textMap),
  Containers: aNumber,
};

/** Fields that both APIs show of an image. */
export const inspectedImage = {
  Id: aText,
  RepoTags: texts,
  RepoDigests: texts,
  Created: aText,
  Config: anObject,
  Architecture: aText,
  Os: aText,
  Size: aNumber,
  RootFS: anObject,
};

/** The steps by which an image was made, in both APIs. */
export const imageHistory = listOf(
  objectOf({
    Id: aText,
    Created: aNumber,
    CreatedBy: aText,
    Tags: orNull(texts),
    Size: aNumber,
    Comment: aText,
  }),
);
