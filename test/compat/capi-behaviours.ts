/**
 * What Cluster API's MachinePool is known to do, by number: `001` to `096` are behaviours that upstream tests, `A01` to `A14`
 * ones that it promises without a test, `D01` to `D15` defects that upstream has and this project has not. A test carries the
 * numbers it proves at the beginning of its title (`CAPI-034 CAPI-A04 ...`).
 */
export const behaviours: readonly string[] = [...numbers('', 96, 3), ...numbers('A', 14, 2), ...numbers('D', 15, 2)]

const topology = 'ClusterClass and its topology controller are not part of this project; it reads no ClusterClass.'

/** Behaviours without a test here, each with the reason. None of them is about safety. */
export const withoutTest: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    numbers('', 88, 3)
      .slice(77)
      .map((number) => [number, topology]),
  ),
  '094': topology,
}

function numbers(prefix: string, count: number, digits: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1).padStart(digits, '0')}`)
}
