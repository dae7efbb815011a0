/** What the process has used since a moment. */
export interface ResourceUsage {
  readonly seconds: number
  readonly cpuSeconds: number
  /** The most memory that was resident at a look, every 50 ms. */
  readonly peakRssMiB: number
}

/** Starts watching; the returned function ends it. */
export function watchResources(): () => ResourceUsage {
  const started = performance.now()
  const cpu = process.cpuUsage()
  let peak = 0
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  look()
  // A benchmark that fails has to end all the same.
  const timer = setInterval(look, 50).unref()
  return () => {
    clearInterval(timer)
    look()
    const { user, system } = process.cpuUsage(cpu)
    return {
      seconds: round((performance.now() - started) / 1000),
      cpuSeconds: round((user + system) / 1e6),
      peakRssMiB: round(peak / 2 ** 20),
    }
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
