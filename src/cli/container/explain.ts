import { jsonText } from '../../base/text.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { prepareStart } from '../../engine/containers/start/prepare.ts';
import type { Engine } from '../../engine/engine.ts';
import { noDescriptors } from '../../native/inherited-fds.ts';
import { explainPlan } from '../../plan/explain.ts';

/** Explains a start of the container: the command, the network, the launch plan. */
export async function explainRun(engine: Engine, record: ContainerRecord): Promise<string> {
  const { spec, plan, network } = await prepareStart(engine, record, {
    size: null,
    inherited: noDescriptors,
    shown: true,
  });
  const image = record.rootfs.kind === 'image' ? record.rootfs : null;
  const lines = [
    `command   ${jsonText(spec.process.args)}`,
    `image     ${image === null ? 'none (--rootfs)' : `${image.imageName} (${image.imageId.slice(0, 12)})`}`,
    `storage   ${image === null ? 'directory' : image.driver}`,
    `network   ${network.kind === 'helper' ? network.helper.argv.join(' ') : network.kind}`,
    'launch plan:',
  ];
  return `${lines.join('\n')}\n${explainPlan(plan)}`;
}
