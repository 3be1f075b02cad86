export function Thread({ id }: { id: string }) {
  return <div>{id}</div>
}
