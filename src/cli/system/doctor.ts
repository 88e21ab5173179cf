import { judge } from '../../engine/system/doctor/checks.ts';
import { gatherFacts } from '../../engine/system/doctor/facts.ts';
import type { DoctorFinding } from '../../engine/system/doctor/finding.ts';
import { defineCommand } from '../command.ts';
import { formatOne } from '../format/format-flag.ts';

const marks = { ok: 'ok  ', warning: 'warn', error: 'FAIL' } as const;

function findingText({ check, status, message, fix }: DoctorFinding): string {
  const line = `${marks[status]}  ${check.padEnd(20)}  ${message}\n`;
  return fix === null ? line : `${line}      ${''.padEnd(20)}  ${fix}\n`;
}

export const command = defineCommand({
  name: 'doctor',
  noun: 'system',
  summary: 'Check what this machine offers to rootless containers',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [{ name: 'format', short: 'f', value: 'FORMAT', help: 'json or a Go template' }],
  description: [
    'Looks at everything that rootless containers need: kernel, user namespaces, subordinate ids, devices, programs, control groups, directories. For each thing that is missing it prints the command that mends it.',
    'The exit status is 1 when containers cannot run as they should, else 0.',
  ],
  examples: [{ command: 'bryo doctor', says: 'before asking why something does not work' }],
  async run(invocation) {
    const { context } = invocation;
    const findings = judge(await gatherFacts(context.engine));
    const format = invocation.text('format');
    if (format !== null) context.stdout.write(formatOne(format, findings, context.dialect));
    else context.stdout.write(findings.map(findingText).join(''));
    return findings.some(({ status }) => status === 'error') ? 1 : 0;
  },
});
