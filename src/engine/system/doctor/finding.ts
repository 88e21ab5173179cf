/** The result of `bryo doctor` for one thing. */
export interface DoctorFinding {
  check: string;
  /** `error`: containers cannot run or only in part; `warning`: something is worse than it could be. */
  status: 'ok' | 'warning' | 'error';
  message: string;
  /** The command that mends it; null when nothing needs mending or no command can. */
  fix: string | null;
}

export function ok(check: string, message: string): DoctorFinding {
  return { check, status: 'ok', message, fix: null };
}

export function warning(check: string, message: string, fix: string | null): DoctorFinding {
  return { check, status: 'warning', message, fix };
}

export function failure(check: string, message: string, fix: string | null): DoctorFinding {
  return { check, status: 'error', message, fix };
}
