import type { Containerfile } from '../containerfile.ts';
import { at, problem } from '../errors.ts';
import type { BuildGraph } from '../graph-types.ts';
import type { InstructionOf, Place } from '../instructions.ts';
import { automaticArguments } from '../predefined.ts';
import { globalArguments } from '../scope.ts';
import { suggest } from '../suggest.ts';
import { type CheckConfiguration, merged, readCheckDirective, runs } from './configuration.ts';
import type { CheckRule, Finding } from './rules.ts';
import { checkStages, unsetNames } from './stages.ts';
import { checkWriting, type Report } from './writing.ts';

/** The findings of a build's files. */
export interface CheckResult {
  findings: Finding[];
  /** A file asks that findings be errors. */
  error: boolean;
}

const validImage =
  /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]{32,})?$/i;

function checkFroms(file: Containerfile, graph: BuildGraph, report: Report): void {
  const { escapeToken } = file.directives;
  const heading = file.instructions.slice(
    0,
    file.instructions.findIndex(({ kind }) => kind === 'from'),
  );
  const declared = heading.filter((one): one is InstructionOf<'arg'> => one.kind === 'arg');
  const build = { given: {}, platform: graph.platform, buildPlatform: graph.platform };
  const defaults = globalArguments(declared, build, escapeToken);
  const names = [
    ...automaticArguments(build).keys(),
    ...declared.flatMap((one) => one.arguments.map(({ name }) => name)),
  ];
  for (const from of file.instructions) {
    if (from.kind !== 'from') continue;
    const { image, platform, place, name } = from;
    const { unset, result } = unsetNames(image, defaults, escapeToken);
    const ofPlatform = unsetNames(platform ?? '', defaults, escapeToken);
    for (const word of new Set([...unset, ...ofPlatform.unset])) {
      if (names.includes(word)) continue;
      const near = suggest(word, names);
      const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
      report('UndefinedArgInFrom', place, `FROM argument '${word}' is not declared${hint}`);
    }
    if (result !== null && image.includes('$') && !validImage.test(result)) {
      const message = `Default value for ARG ${image} results in empty or invalid base image name`;
      report('InvalidDefaultArgInFrom', place, message);
    }
    if (platform !== null) checkPlatform(platform, { ...ofPlatform, name, place }, graph, report);
  }
}

function checkPlatform(
  platform: string,
  words: {
    unset: string[];
    used: string[];
    result: string | null;
    name: string | null;
    place: Place;
  },
  graph: BuildGraph,
  report: Report,
): void {
  const { unset, used, result, name, place } = words;
  if (unset.length > 0 || result === null) return;
  if (used.length === 1 && used[0] === 'TARGETPLATFORM' && result === graph.platform) {
    const message = `Setting platform to predefined ${platform} in FROM is redundant as this is the default behavior`;
    report('RedundantTargetPlatform', place, message);
  }
  const parts = result.split('/');
  if (used.length > 0 || parts.slice(0, 2).some((part) => name?.includes(part) === true)) return;
  const message = `FROM --platform flag should not use constant value "${result}"`;
  report('FromPlatformFlagConstDisallowed', place, message);
}

/**
 * Runs the checks that docker documents and that need no image. `ignore` are the lines of the ignore file. The
 * directive `# check=` of each file, and comments of that form above an instruction, choose among them.
 */
export function checkBuild(
  files: readonly Containerfile[],
  graph: BuildGraph,
  ignore: readonly string[],
): CheckResult {
  const configurations = new Map<string, CheckConfiguration>();
  const above = new Map<string, CheckConfiguration>();
  for (const { file, directives, statements } of files) {
    const where = { file, line: 1 };
    const words = directives.check === null ? null : `# check=${directives.check}`;
    configurations.set(
      file,
      at(where, words, () => readCheckDirective(directives.check)),
    );
    for (const { comments, place } of statements) {
      const comment = comments.find((text) => /^check\s*=/i.test(text));
      if (comment === undefined) continue;
      const value = comment.replace(/^check\s*=\s*/i, '');
      above.set(
        `${file}:${place.line}`,
        at(place, comment, () => readCheckDirective(value)),
      );
    }
  }
  const findings: Finding[] = [];
  const report = (rule: CheckRule, { file, line, endLine }: Place, message: string): void => {
    const configuration = configurations.get(file);
    const own = above.get(`${file}:${line}`);
    if (configuration === undefined || !runs(rule, merged(configuration, own))) return;
    findings.push({ rule, file, line, endLine, message });
  };
  for (const file of files) {
    checkWriting(file, report);
    checkFroms(file, graph, report);
  }
  checkStages(graph, ignore, report);
  findings.sort((one, other) => one.line - other.line);
  return { findings, error: [...configurations.values()].some(({ error }) => error) };
}

/** The error of a build whose file asks that findings be errors. */
export function findingsError({ findings }: CheckResult): Error {
  const [first] = findings;
  const rules = [...new Set(findings.map(({ rule }) => rule))].join(', ');
  const where = { file: first?.file ?? 'Containerfile', line: first?.line ?? 1 };
  return problem(where, null, `lint violation found for rules: ${rules}`);
}
