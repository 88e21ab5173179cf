import { containerRecords, type StoragePhase, storageRecords } from '../ops.ts';
import { headerText, typeName } from './names.ts';

function signature(verb: string, type: string): string {
  return `Status ${verb}(LaunchContext& context, const ${type}& op);`;
}

/** The functions of a phase. An operation without work in it is done. */
function phaseDeclarations(phase: StoragePhase): string {
  const lines = Object.entries(storageRecords).map(([name, { phases }]) => {
    const type = typeName('Storage', name);
    const works = (phases as readonly StoragePhase[]).includes(phase);
    const verb = typeName('', phase);
    return works
      ? signature(verb, type)
      : `inline Status ${verb}(LaunchContext&, const ${type}&) { return {}; }`;
  });
  return lines.join('\n');
}

function caller(verb: string, variant: string): string {
  return [
    `inline Status ${verb}${variant}(LaunchContext& context, const ${variant}& operation) {`,
    `  return std::visit([&](const auto& op) { return ${verb}(context, op); }, operation);`,
    '}',
  ].join('\n');
}

/**
 * The text of addon/launcher/operations.gen.h: a declaration of what carries out each operation, and the
 * calls of all of them. An operation that nobody has written does not link.
 */
export function operationsHeader(): string {
  const run = Object.keys(containerRecords).map((name) => signature('Run', typeName('Op', name)));
  return headerText(
    'src/plan/ops.ts',
    ['<variant>\n', '"plan/ops.gen.h"', '"sys/status.h"'],
    [
      'struct LaunchContext;',
      `// Storage operations, under the caller's own ids.\n${phaseDeclarations('pin')}`,
      `// Storage operations, as the mapped root.\n${phaseDeclarations('mount')}`,
      `// Container operations.\n${run.join('\n')}`,
      caller('Pin', 'StorageOp'),
      caller('Mount', 'StorageOp'),
      caller('Run', 'ContainerOp'),
    ],
  );
}
