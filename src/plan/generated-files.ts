import { contractHeader } from './cpp/contract.ts';
import { operationsHeader } from './cpp/operations.ts';
import { recordsHeader } from './cpp/records.ts';

/** Every generated file by its path in the project. */
export function generatedFiles(): Record<string, string> {
  return {
    'addon/sys/contract.gen.h': contractHeader(),
    'addon/launcher/ops.gen.h': recordsHeader(),
    'addon/launcher/operations.gen.h': operationsHeader(),
  };
}
