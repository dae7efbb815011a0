/**
 * What upstream's AWSMachinePool is known to do, by number: 1 to 100 of a list whose further numbers are about EKS node groups.
 * A test carries the numbers it proves at the beginning of its title (`CAPA-034 CAPA-036 ...`).
 */
export const behaviours: readonly string[] = Array.from({ length: 100 }, (_, index) => number(index + 1))

/** Behaviours without a test here, each with the reason: at most 5 %, and none of them about safety. */
export const withoutTest: Readonly<Record<string, string>> = {}

function number(value: number): string {
  return String(value).padStart(3, '0')
}
