package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/ticket"
)

// minMemory is below what the program needs without a client.
const minMemory = 64 << 20

// maxHold is how long messages may be held at most: a push that comes later is of no use.
const maxHold = 10 * time.Minute

// maxAdmins is spec/03 §6's figure.
const maxAdmins = 10

var (
	levels   = []string{"debug", "info", "warn", "error"}
	formats  = []string{"text", "json"}
	failures = []string{Deliver, Refuse}
	policies = []string{
		string(chat.LoginMulti), string(chat.LoginSingle), string(chat.LoginDual), string(chat.LoginTriple),
	}
	platforms = []string{
		string(chat.PlatformIOS), string(chat.PlatformAndroid), string(chat.PlatformWeb), string(chat.PlatformWindows),
		string(chat.PlatformMac), string(chat.PlatformIPad), string(chat.PlatformLinux), string(chat.PlatformIoT),
	}
	groupTypes = []string{
		string(chat.Work), string(chat.Public), string(chat.Meeting), string(chat.AVChatRoom), string(chat.Community),
	}
	events = func() []string {
		list := []string{AllEvents}
		for _, k := range chat.EventKinds {
			list = append(list, string(k))
		}
		return list
	}()
)

// AllEvents in a webhook's list stands for every event.
const AllEvents = "all"

// check finds what is wrong with values that could be read.
func (c *Config) check() Problems {
	var p Problems
	if c.Data == "" {
		p.add("data", "is empty, want a folder")
	}
	if c.Storage.MinFreeBytes < 0 {
		p.add("storage.min_free_bytes", "is negative; 0 leaves what the store needs")
	}
	c.checkDoors(&p)
	c.Media.check(&p)
	c.Web.check(&p, c.Listen)
	c.Calls.check(&p)
	if n := len(c.Secrets.Key); n > 0 && n < core.MinSealBytes {
		p.add("secrets.key", "has %d bytes, want at least %d: make one with openssl rand -hex 32", n, core.MinSealBytes)
	}
	oneOf(&p, "log.level", c.Log.Level, levels)
	oneOf(&p, "log.format", c.Log.Format, formats)
	if c.Memory.Limit != 0 && c.Memory.Limit < minMemory {
		p.add("memory.limit", "is %s, want at least %s, or 0 to find it", c.Memory.Limit, Size(minMemory))
	}
	if _, err := time.Parse("Z07:00", c.History.UTCOffset); err != nil {
		p.add("history.utc_offset", "%q is not a time zone such as \"+08:00\", or \"Z\"", c.History.UTCOffset)
	}
	if c.Push.Hold < 0 || c.Push.Hold > maxHold {
		p.add("push.hold", "is %s, want 0s to %s", c.Push.Hold, maxHold)
	}
	positive(&p, "shutdown.timeout", c.Shutdown.Timeout)
	positive(&p, "shutdown.drain", c.Shutdown.Drain)
	for _, id := range slices.Sorted(maps.Keys(c.Apps)) {
		path := "apps." + id
		if n, err := strconv.ParseUint(id, 10, 32); err != nil || n == 0 || strconv.FormatUint(n, 10) != id {
			p.add(path, "is not an SDKAppID, want a number from 1 to 4294967295")
		}
		app := c.Apps[id]
		app.check(&p, path)
	}
	return p
}

func (a *App) check(p *Problems, path string) {
	if len(a.Keys) == 0 {
		p.add(path+".keys", "has no key, so no ticket can be checked: give one, 64 hexadecimal digits by habit")
	}
	for _, id := range slices.Sorted(maps.Keys(a.Keys)) {
		if a.Keys[id].Secret == "" {
			p.add(path+".keys."+id, "has no secret: set secret or secret_file")
		}
	}
	if len(a.Administrators) > maxAdmins {
		p.add(path+".administrators", "names %d accounts, at most %d", len(a.Administrators), maxAdmins)
	}
	app := chat.App{Switches: a.Switches.settings()}
	for i, u := range a.Administrators {
		if !app.Admits(chat.UserID(u)) {
			p.add(fmt.Sprintf("%s.administrators[%d]", path, i), "is not a UserID")
		}
	}
	a.JWT.check(p, path+".jwt")
	a.Webhook.check(p, path+".webhook")
	a.Push.check(p, path+".push")
	if a.Retention < 0 {
		p.add(path+".retention", "is negative; 0 keeps messages for ever")
	}
	each(p, path+".switches.no_earlier_history", a.Switches.NoEarlierHistory, groupTypes)
	each(p, path+".switches.earlier_history", a.Switches.EarlierHistory, groupTypes)
	each(p, path+".switches.invitee_consent", a.Switches.InviteeConsent, groupTypes)
	a.Custom.check(p, path+".custom")
	a.Login.check(p, path+".login")
	if a.AllowType != "" {
		oneOf(p, path+".allow_type", a.AllowType, allowTypes)
	}
}

func (l *Login) check(p *Problems, path string) {
	oneOf(p, path+".policy", l.Policy, policies)
	for _, name := range slices.Sorted(maps.Keys(l.Instances)) {
		oneOf(p, path+".instances", name, platforms)
		if l.Instances[name] < 0 {
			p.add(path+".instances."+name, "is negative; 0 is any number")
		}
	}
}

func (j *JWT) check(p *Problems, path string) {
	webURL(p, path+".jwks_url", j.JWKSURL)
	settings, err := j.settings()
	if err != nil {
		p.add(path+".public_keys", "%v", err)
		return
	}
	if err := ticket.JWT(settings).Check(); err != nil {
		p.add(path, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

func (w *Webhook) check(p *Problems, path string) {
	webURL(p, path+".url", w.URL)
	each(p, path+".events", w.Events, events)
	oneOf(p, path+".on_failure", w.OnFailure, failures)
	positive(p, path+".keep", w.Keep)
	if w.URL != "" && len(w.Events) == 0 {
		p.add(path+".events", "is empty, so nothing is sent: name events, or %q", AllEvents)
	}
	if w.URL == "" && len(w.Events) > 0 {
		p.add(path+".url", "is empty, so nothing is sent")
	}
}

func each(p *Problems, path string, have, of []string) {
	for i, v := range have {
		oneOf(p, fmt.Sprintf("%s[%d]", path, i), v, of)
	}
}

func oneOf(p *Problems, path, have string, of []string) {
	if slices.Contains(of, have) {
		return
	}
	if near := nearest(have, of); near != "" {
		p.add(path, "%q is not known, did you mean %s?", have, near)
		return
	}
	p.add(path, "%q is not known, want one of %v", have, of)
}

func positive(p *Problems, path string, d time.Duration) {
	if d <= 0 {
		p.add(path, "is %v, want more than nothing", d)
	}
}

func webURL(p *Problems, path, text string) {
	if text != "" && !WebURL(text) {
		p.add(path, "is not an http:// or https:// address")
	}
}

// WebURL reports whether text is an address of HTTP or HTTPS, with a host.
func WebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Hostname() != "" && (u.Scheme == "http" || u.Scheme == "https")
}
