import{a as u}from"./chunk-S3UQOKT4.js";import{a as h}from"./chunk-O255Q3C2.js";import{B as c}from"./chunk-GMB7RY64.js";import{b as v,k as p,u as e}from"./chunk-K2EGTLFM.js";var x=`.section { padding: var(--s3) var(--s4) 0; }
.section:last-child { padding-bottom: var(--s6); }
.section-head { display: flex; align-items: center; justify-content: space-between; min-height: 32px; padding: 0 var(--s1); }
.section-head h3 { font-size: var(--t-s); font-weight: 600; color: var(--text-2); }
.section-body { border-radius: var(--r2); background: var(--sunken); overflow: hidden; }
.section-body > .switch-row { padding: var(--s2) var(--s3); min-height: 52px; }
.section-body > * + * { border-top: 1px solid color-mix(in srgb, var(--line) 75%, transparent); }
.section-body.plain, .plain > .section-body { background: none; overflow: visible; }
.section .row { padding-inline: var(--s3); }
.line { display: flex; align-items: center; gap: var(--s3); width: 100%; min-height: 48px; padding: var(--s2) var(--s3); text-align: start; }
button.line { transition: background var(--quick); }
button.line:hover { background: color-mix(in srgb, var(--text) 5%, transparent); }
button.line:focus-visible, .section .row:focus-visible { outline-offset: -2px; }
.line .icon { color: var(--text-2); }
.line-words { flex: 1; min-width: 0; display: grid; gap: 2px; }
.line-long { color: var(--text-2); font-size: 14px; white-space: pre-wrap; overflow-wrap: anywhere; }
.line-value { flex: 0 1 auto; max-width: 58%; color: var(--text-2); font-size: 14px; text-align: end; }
.line.danger, .line.danger .icon { color: var(--danger); }

.portrait { display: grid; justify-items: center; gap: var(--s1); padding: var(--s6) var(--s4) var(--s2); text-align: center; }
.portrait h2 { margin-top: var(--s2); font-size: 20px; max-width: 100%; overflow-wrap: anywhere; }
.portrait p { max-width: 320px; overflow-wrap: anywhere; font-size: 14px; }
.portrait-picture { position: relative; border-radius: 30%; }
.portrait-edit { position: absolute; right: -4px; bottom: -4px; display: grid; place-items: center; width: 32px; height: 32px; border-radius: 50%; background: var(--accent); color: var(--on-accent); border: 3px solid var(--surface); }
.portrait-buttons { display: flex; flex-wrap: wrap; justify-content: center; gap: var(--s2); margin-top: var(--s4); }
.act { display: grid; justify-items: center; align-content: center; gap: var(--s1); min-width: 76px; min-height: 62px; padding: var(--s2) var(--s2); border-radius: var(--r2); background: var(--sunken); color: var(--accent); font-size: 12.5px; transition: background var(--quick); }
.act span { color: var(--text); }
.act:hover, .act[aria-pressed="true"] { background: var(--accent-soft); }

.choices { margin: 0; padding: 0; border: 0; display: grid; }
.choices legend { padding: 0 0 var(--s2); font-size: var(--t-s); font-weight: 560; color: var(--text-2); }
.choice { display: flex; align-items: flex-start; gap: var(--s3); padding: 10px var(--s3); border-radius: var(--r2); cursor: pointer; transition: background var(--quick); }
.choice:hover { background: var(--hover); }
.choice input { flex: none; width: 18px; height: 18px; margin: 2px 0 0; accent-color: var(--accent); }
.choice small { display: block; color: var(--text-2); font-size: var(--t-s); }
.section-body > .choices { padding: var(--s3) 0 var(--s1); }
.section-body > .choices legend { padding-inline: var(--s3); float: left; width: 100%; }

.tabs { display: flex; gap: 2px; flex: none; margin: 0 var(--s4) var(--s2); padding: 3px; border-radius: var(--r2); background: var(--sunken); }
.tab { flex: 1 1 auto; min-height: 34px; padding: 0 var(--s2); border-radius: 9px; color: var(--text-2); font-size: var(--t-s); font-weight: 540; white-space: nowrap; transition: background var(--quick), color var(--quick); }
.tab[aria-selected="true"] { background: var(--surface); color: var(--text); box-shadow: var(--shadow-1); }
.tab:hover { color: var(--text); }
.tab-count { display: inline-grid; place-items: center; min-width: 18px; height: 18px; margin-inline-start: 5px; padding: 0 5px; border-radius: var(--round); background: var(--accent); color: var(--on-accent); font-size: 11px; font-weight: 650; }
.tag { flex: none; padding: 1px 8px; border-radius: var(--round); background: var(--sunken); color: var(--text-2); font-size: 11.5px; font-weight: 560; line-height: 1.6; }
.section-body .tag { background: var(--surface); }
.tag.accent, .section-body .tag.accent { background: var(--accent-soft); color: var(--accent-strong); }

.panel-list { flex: 1; min-height: 0; padding-bottom: var(--s4); }
.panel-list .row { border-radius: 0; }
.letter { padding: var(--s3) var(--s4) var(--s1); font-size: 12.5px; font-weight: 600; color: var(--text-2); }
.panel-search { flex: none; padding: 0 var(--s4) var(--s3); }
.panel-page { flex: 1; min-height: 0; }
.panel-page > .page-inner { width: min(520px, 100%); min-height: 100%; margin: 0 auto; padding-bottom: var(--s8); }
.main-column .panel-page { background: var(--surface); }
.page-back { padding: var(--s2) var(--s2) 0; }
@media (min-width: 721px) { .page-back { display: none; } }
.request { display: grid; gap: var(--s2); padding: var(--s3) var(--s4); }
.request + .request { border-top: 1px solid var(--line); }
.request-who { display: flex; align-items: center; gap: var(--s3); width: 100%; text-align: start; min-width: 0; }
.request-text { padding: var(--s2) var(--s3); border-radius: var(--r1); background: var(--sunken); font-size: 14px; overflow-wrap: anywhere; }
.request-buttons { display: flex; gap: var(--s2); }
.request-buttons .button { flex: 1; min-height: 36px; }
.form { display: grid; gap: var(--s4); }
.form-buttons { display: flex; justify-content: flex-end; gap: var(--s2); }
.pad { padding: 0 var(--s4) var(--s4); }
.more-button { display: grid; justify-items: center; padding: var(--s3); }
.picker-chosen { display: flex; flex-wrap: wrap; gap: 6px; padding: var(--s2) var(--s5) 0; max-height: 112px; overflow: auto; }
.chip { display: inline-flex; align-items: center; gap: 6px; max-width: 190px; min-height: 32px; padding: 2px 10px 2px 4px; border-radius: var(--round); background: var(--accent-soft); color: var(--text); font-size: var(--t-s); }
.chip .icon { width: 14px; height: 14px; color: var(--text-2); }
.picker-list { height: min(340px, 46vh); margin-top: var(--s2); }
.picker-list .row { padding-inline: var(--s5); }
.tick { display: grid; place-items: center; flex: none; width: 22px; height: 22px; border-radius: 50%; border: 2px solid var(--line-strong); color: transparent; transition: background var(--quick), border-color var(--quick); }
.tick .icon { width: 14px; height: 14px; stroke-width: 2.6; }
.row[aria-checked="true"] .tick { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.find mark { background: none; color: var(--accent); font-weight: 620; }
.find .row-text { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; white-space: normal; overflow-wrap: anywhere; }
.find-time { align-self: flex-start; color: var(--text-3); font-size: 12px; padding-top: 3px; white-space: nowrap; }
.kinds { display: grid; gap: 2px; }
.hint { padding: var(--s2) var(--s4); color: var(--text-2); font-size: var(--t-s); }
.member { display: flex; align-items: center; padding-inline-end: var(--s1); }
.member .row { min-width: 0; flex: 1; min-height: 54px; }
.sub-head { display: flex; align-items: center; gap: var(--s1); min-height: 56px; padding: 0 var(--s2); }
.sub-head h3 { flex: 1; }
.group-filter { display: flex; align-items: center; gap: 6px; flex: none; padding: 0 var(--s4) var(--s2); overflow-x: auto; scrollbar-width: none; }
.filter-chip { flex: none; min-height: 32px; padding: 0 var(--s3); border-radius: var(--round); background: var(--sunken); color: var(--text-2); font-size: var(--t-s); transition: background var(--quick), color var(--quick); }
.filter-chip[aria-pressed="true"] { background: var(--accent-soft); color: var(--accent-strong); font-weight: 560; }
.picker-search { padding: var(--s2) var(--s5) 0; }
.status-form { display: grid; gap: var(--s2); padding: var(--s3); }
.choices.inline { display: flex; flex-wrap: wrap; gap: 6px; }
.choices.inline legend { float: left; width: 100%; }
.inline .choice { align-items: center; gap: 0; min-height: 36px; padding: 0 var(--s3); border: 1px solid var(--line-strong); border-radius: var(--round); font-size: 14px; background: var(--surface); }
.inline .choice input { position: absolute; opacity: 0; width: 1px; height: 1px; margin: 0; }
.inline .choice:has(:checked) { border-color: var(--accent); background: var(--accent-soft); color: var(--accent-strong); font-weight: 560; }
.inline .choice:has(:focus-visible) { outline: 2px solid var(--focus); outline-offset: 2px; }
.section-body > .choices.inline { padding: var(--s3); }
.section-body > .choices.inline legend { padding-inline: 0; }
.me-form { padding-top: var(--s4); }
.panel-list > .section:first-child { padding-top: 0; }
.section-body small, .switch-row small { color: var(--text-2); }
.search-field input::placeholder { color: var(--text-2); }
`;u(x);function C({title:t,children:r,after:i}){let o=p();return e("section",{class:"section","aria-labelledby":t?o:void 0,children:[t&&e("div",{class:"section-head",children:[e("h3",{id:o,children:t}),i]}),e("div",{class:"section-body",children:r})]})}function q({icon:t,text:r,value:i,long:o,danger:d,badge:a,onClick:n}){let s=e(v,{children:[t&&e(c,{name:t,size:20}),e("span",{class:"line-words",children:[e("span",{class:"line-text",children:r}),o&&e("span",{class:"line-long",children:o})]}),i!==void 0&&e("span",{class:"line-value cut",children:i}),a,n&&!d&&e(c,{name:"next",size:16})]});return n?e("button",{type:"button",class:`line${d?" danger":""}`,onClick:n,children:s}):e("div",{class:"line",children:s})}function T({id:t,name:r,url:i,square:o,online:d,under:a,children:n,onPicture:s,pictureLabel:l}){let g=e(h,{id:t,name:r,url:i,size:88,square:o,online:d});return e("div",{class:"portrait",children:[s?e("button",{type:"button",class:"portrait-picture","aria-label":l,title:l,onClick:s,children:[g,e("span",{class:"portrait-edit",children:e(c,{name:"edit",size:16})})]}):g,e("h2",{children:r}),a&&e("p",{class:"muted",children:a}),n&&e("div",{class:"portrait-buttons",children:n})]})}function I({icon:t,text:r,onClick:i,pressed:o}){return e("button",{type:"button",class:"act","aria-pressed":o,onClick:i,children:[e(c,{name:t,size:22}),e("span",{children:r})]})}function L({label:t,value:r,all:i,change:o,inline:d}){let a=p();return e("fieldset",{class:`choices${d?" inline":""}`,children:[e("legend",{children:t}),i.map(n=>e("label",{class:"choice",children:[e("input",{type:"radio",name:a,checked:n.value===r,onChange:()=>o(n.value)}),e("span",{children:[e("span",{children:n.text}),n.hint&&e("small",{children:n.hint})]})]},n.value))]})}function j({label:t,value:r,all:i,change:o}){return e("div",{class:"tabs",role:"tablist","aria-label":t,onKeyDown:a=>{let n={ArrowRight:1,ArrowLeft:-1}[a.key];if(!n)return;a.preventDefault();let s=i[(i.findIndex(l=>l.value===r)+n+i.length)%i.length];o(s.value),a.currentTarget.querySelector(`[data-tab="${s.value}"]`)?.focus()},children:i.map(a=>e("button",{type:"button",role:"tab",class:"tab","data-tab":a.value,"aria-selected":a.value===r,tabIndex:a.value===r?0:-1,onClick:()=>o(a.value),children:[a.text,a.count?e("span",{class:"tab-count",children:a.count}):null]},a.value))})}var E=({text:t,accent:r})=>e("span",{class:`tag${r?" accent":""}`,children:t});export{C as a,q as b,T as c,I as d,L as e,j as f,E as g};
