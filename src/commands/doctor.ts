/** `crewspan doctor`: is everything as it should be? */
import { examine } from '../doctor/doctor.ts';
import { exitCodeOf, renderJson, renderReport } from '../doctor/report.ts';

export interface DoctorCommand {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly configFile: string | undefined;
  readonly json: boolean;
  readonly colour: boolean;
  /** Takes the report, with its line ends. */
  readonly write: (text: string) => void;
}

/** Answers the exit code. */
export async function doctor({ env, configFile, json, colour, write }: DoctorCommand): Promise<number> {
  const examination = await examine({ env, configFile });
  write(json ? renderJson(examination) : renderReport(examination, { colour }));
  return exitCodeOf(examination);
}
