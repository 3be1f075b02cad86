// The microphone and the camera.

import { t } from '../i18n/index.ts'

/** DeviceError says in words why there is no sound or picture. */
export class DeviceError extends Error {}

export async function open(video: boolean): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      video: video && { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, facingMode: 'user' },
    })
  } catch (err) {
    throw new DeviceError(t(reasons[(err as DOMException)?.name ?? ''] ?? 'callNoDevice'))
  }
}

const reasons: Record<string, 'callDenied' | 'callDeviceBusy' | 'callNoDevice'> = {
  NotAllowedError: 'callDenied', SecurityError: 'callDenied', NotReadableError: 'callDeviceBusy', AbortError: 'callDeviceBusy',
}

export function close(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop()
}

export async function cameras(): Promise<MediaDeviceInfo[]> {
  const all = await navigator.mediaDevices.enumerateDevices()
  return all.filter((one) => one.kind === 'videoinput')
}

/** nextCamera opens the camera after the one that is used; null when there is only one. */
export async function nextCamera(now: MediaStreamTrack): Promise<MediaStreamTrack | null> {
  const all = await cameras()
  if (all.length < 2) return null
  const at = all.findIndex((one) => one.deviceId === now.getSettings().deviceId)
  const next = all[(at + 1) % all.length]!
  now.stop() // phones open one camera at a time
  const stream = await navigator.mediaDevices.getUserMedia({ video: { deviceId: { exact: next.deviceId } } })
  return stream.getVideoTracks()[0] ?? null
}
