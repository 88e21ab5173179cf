/**
 * Bytes of labels in an event. The labels of an image may be megabytes, and each of a container's
 * events has them: a few would push all others out of the events file.
 */
const most = 8192;

/** Says what was left away, as a label of its own. */
const omission = 'bryo.omitted';

/** Labels as an event has them: whole ones, as many as there is room for. */
export function eventAttributes(labels: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {};
  let room = most;
  let count = 0;
  let bytes = 0;
  for (const [name, value] of Object.entries(labels)) {
    const size = Buffer.byteLength(name) + Buffer.byteLength(value);
    if (size <= room) {
      kept[name] = value;
      room -= size;
    } else {
      count += 1;
      bytes += size;
    }
  }
  if (count > 0) kept[omission] = `${count} ${count === 1 ? 'label' : 'labels'}, ${bytes} bytes`;
  return kept;
}
