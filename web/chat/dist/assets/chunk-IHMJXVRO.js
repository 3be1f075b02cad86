import{a as e}from"./chunk-S3UQOKT4.js";var r=`/* Dialogs of messages: who has read, forward, records, files, and the viewer. */
.tabs { display: flex; gap: var(--s1); padding: 0 var(--s4) var(--s2); }
.tabs button { flex: 1; min-height: 38px; border-radius: var(--r2); color: var(--text-2); font-weight: 560; }
.tabs button[aria-selected="true"] { background: var(--accent-soft); color: var(--accent); }
.dialog-search { padding: 0 var(--s4) var(--s2); }
.dialog-list { min-height: 240px; }
.record { display: grid; gap: var(--s4); padding: var(--s2) var(--s5) var(--s4); }
.record li { display: grid; grid-template-columns: 36px minmax(0, 1fr); gap: var(--s3); }
.record-who { display: flex; align-items: baseline; gap: var(--s2); font-size: var(--t-s); color: var(--text-2); }
.record-who b { font-weight: 560; }
.record-who time { margin-inline-start: auto; flex: none; font-size: 12px; color: var(--text-3); }
.record-body { overflow-wrap: anywhere; }
.files { display: grid; gap: var(--s3); }
.files li { display: flex; align-items: center; gap: var(--s3); }
.files img { width: 64px; height: 64px; border-radius: var(--r2); object-fit: cover; background: var(--sunken); }
.viewer { position: fixed; inset: 0; z-index: 45; display: flex; flex-direction: column; background: rgb(8 12 11 / 97%); color: #fff; animation: fade var(--quick); }
.viewer header, .viewer footer { display: flex; align-items: center; gap: var(--s1); padding: var(--s2) var(--s3); z-index: 1; }
.viewer footer { justify-content: center; gap: var(--s3); font-variant-numeric: tabular-nums; }
.viewer .icon-button { color: #fff; }
.viewer .icon-button:hover { background: rgb(255 255 255 / 14%); }
.viewer-words { flex: 1; display: grid; min-width: 0; padding-inline-start: var(--s2); }
.viewer-words small { opacity: .75; }
.viewer-stage { flex: 1; min-height: 0; display: grid; place-items: center; overflow: hidden; touch-action: none; }
.viewer-stage > * { max-width: 100%; max-height: 100%; min-height: 0; object-fit: contain; }
.viewer-stage img { transition: transform var(--quick); cursor: zoom-in; }
`;e(r);
