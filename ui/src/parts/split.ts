/** How large a panel may be, so that it and the rest keep their least sizes; the rest's least gives way last. */
export function fitPanel(size: number, least: number, most: number, whole: number, restLeast: number): number {
  const room = whole > 0 ? Math.max(least, whole - restLeast) : most;
  return Math.round(Math.min(Math.max(size, least), Math.min(most, room)));
}
