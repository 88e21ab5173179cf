import { headerRecords, monitorParts } from './header-records.ts';
import type { PlanHeader } from './ops.ts';
import { emptyFields, fieldValues, type InputOf } from './record-shape.ts';

type Parts = typeof monitorParts;
type Input = { [Part in keyof Parts]: InputOf<Parts[Part]> };

/** The duties of the monitor of a container or of a session. Its process says whether there is a terminal. */
export type MonitorInput = Omit<Input, 'streams'> & { streams: Omit<Input['streams'], 'terminal'> };

/** A monitor without a container's duties but for these: no log, no records, nothing to clean up. */
export function bareMonitor(
  duties: { [Part in keyof MonitorInput]?: Partial<MonitorInput[Part]> },
): MonitorInput {
  return {
    places: { ...emptyFields(monitorParts.places), ...duties.places },
    log: { ...emptyFields(monitorParts.log), logMaxFiles: 1, ...duties.log },
    streams: { ...emptyFields(monitorParts.streams), ...duties.streams },
    ending: { ...emptyFields(monitorParts.ending), ...duties.ending },
    pod: { ...emptyFields(monitorParts.pod), ...duties.pod },
  };
}

/** The monitor's record of a plan. */
export function monitorHeader(input: MonitorInput, terminal: boolean): PlanHeader {
  const { places, log, streams, ending, pod } = input;
  const fields = { ...places, ...log, ...streams, terminal, ...ending, ...pod };
  return { op: 'monitor', ...fieldValues(headerRecords.monitor.fields, fields) };
}
