import { contractHeader } from './cpp/contract.ts';
import { monitorRecordsHeader } from './cpp/monitor-records.ts';
import { operationsHeader } from './cpp/operations.ts';
import { recordsHeader } from './cpp/records.ts';

/** Every generated file by its path in the project. */
export function generatedFiles(): Record<string, string> {
  return {
    'addon/sys/contract.gen.h': contractHeader(),
    'addon/plan/ops.gen.h': recordsHeader(),
    'addon/launcher/operations.gen.h': operationsHeader(),
    'addon/monitor/records.gen.h': monitorRecordsHeader(),
  };
}
