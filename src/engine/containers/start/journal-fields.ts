import type { ContainerRecord } from '../../../container/record.ts';
import { journalFields } from '../../../event/journal-fields.ts';
import { expandTag } from '../../../request/log-tag.ts';

/** The fields of a container's entries in the journal, as conmon names them; empty: it has none. */
export function logFields(record: ContainerRecord): Uint8Array {
  const { log } = record.options;
  if (log.driver !== 'journald') return new Uint8Array();
  const { rootfs } = record;
  const image = rootfs.kind === 'image' ? rootfs : null;
  const tag =
    log.tag === null
      ? null
      : expandTag(log.tag, {
          id: record.id,
          name: record.name,
          imageId: image?.imageId ?? '',
          imageName: image?.imageName ?? '',
        });
  return journalFields({
    CONTAINER_ID: record.id.slice(0, 12),
    CONTAINER_ID_FULL: record.id,
    CONTAINER_NAME: record.name,
    SYSLOG_IDENTIFIER: tag ?? record.name,
    ...(tag !== null && { CONTAINER_TAG: tag }),
  });
}
