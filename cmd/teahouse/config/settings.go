package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/teahouse-im/teahouse/chat"
)

// SettingsOf is an app of the data folder as its section in a file would be. Certificates of push
// servers show only that they are there.
func SettingsOf(a *chat.App) App {
	s := App{
		Name: a.Name, Disabled: a.Disabled, Retention: a.Retention, Keys: map[string]Key{},
		Administrators: texts(a.Admins),
		JWT: JWT{
			Algorithms: a.JWT.Algorithms, Secret: Secret(a.JWT.Secret), PublicKeys: a.JWT.PublicKeys,
			JWKSFile: a.JWT.JWKSFile, JWKSURL: a.JWT.JWKSURL,
		},
		Webhook:   webhookOf(&a.Webhook),
		Push:      pushOf(&a.Push),
		Limits:    Limits(a.Limits),
		Switches:  switchesOf(&a.Switches),
		Ban:       Ban{LiveRooms: !a.Switches.NoLiveBans},
		Login:     loginOf(a),
		Custom:    customOf(&a.Custom),
		AllowType: strings.TrimPrefix(string(a.AllowType), allowTypePrefix),
		Media: AppMedia{
			ImageBytes: int(a.Media.ImageBytes), FileBytes: int(a.Media.FileBytes), AppBytes: int(a.Media.AppBytes),
			AppFiles: int(a.Media.AppFiles), UserBytes: int(a.Media.UserBytes), UserFiles: int(a.Media.UserFiles),
		},
	}
	for _, k := range a.Keys {
		s.Keys[k.ID] = Key{Secret(k.Secret), k.NotAfter}
	}
	return s
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func webhookOf(w *chat.Webhook) Webhook {
	s := Webhook{URL: w.URL, Token: Secret(w.Token), OnFailure: Deliver, Keep: w.Keep, TextEventTime: w.TextEventTime}
	if w.FailStop {
		s.OnFailure = Refuse
	}
	if s.Keep == 0 {
		s.Keep = DefaultKeep
	}
	for _, e := range slices.Sorted(maps.Keys(w.Events)) {
		if w.Events[e] {
			s.Events = append(s.Events, e)
		}
	}
	if w.All {
		s.Events = []string{AllEvents}
	}
	return s
}

func switchesOf(s *chat.Switches) Switches {
	return Switches{
		ShowBlocked: s.ShowBlocked, LiveAdmins: s.LiveAdmins, LiveMemberList: s.LiveMemberList,
		LiveBroadcast: s.LiveBroadcast, MeetingUnread: s.MeetingUnread,
		NoEarlierHistory: typeNames(s.NoEarlierHistory), EarlierHistory: typeNames(s.EarlierHistory),
		InviteeConsent: typeNames(s.InviteeConsent),
		NewTypeNames:   s.NewTypeNames, NoCommunity: s.NoCommunity,
		ModifyCloudByMembers: s.ModifyCloudByMembers,
		InvisibleUserIDs:     s.InvisibleUserIDs, ASCIIUserIDs: s.ASCIIUserIDs,
		FriendsOnly: s.FriendsOnly, NoSearch: s.NoSearch, NoPushToMany: s.NoPushToMany,
	}
}

func typeNames(set map[chat.GroupType]bool) []string {
	var list []string
	for _, t := range slices.Sorted(maps.Keys(set)) {
		if set[t] {
			list = append(list, string(t))
		}
	}
	return list
}

func loginOf(a *chat.App) Login {
	l := Login{Policy: string(a.Login.Policy), AutoRegister: !a.Switches.NoAutoRegister, Instances: map[string]int{}}
	if l.Policy == "" {
		l.Policy = string(chat.LoginMulti)
	}
	for p, n := range a.Login.Instances {
		l.Instances[string(p)] = n
	}
	return l
}

func customOf(c *chat.CustomFields) Custom {
	fields := func(all map[string]chat.FieldRights) map[string]Field {
		out := map[string]Field{}
		for key, f := range all {
			out[key] = Field{texts(f.Read), texts(f.Write), texts(f.Types)}
		}
		return out
	}
	return Custom{fields(c.Group), fields(c.Member), fields(c.Profile), fields(c.Friend)}
}

// apart are keys of the section which have ways of their own to be changed, and those.
var apart = map[string]string{"keys": "a key is made by rotate and removed by revoke", "disabled": "use disable and enable"}

// ShowSettings is an app's section for a program that shows it, without keys; secrets show only
// that they are set.
func ShowSettings(a *chat.App) (map[string]any, error) {
	return shownSection(SettingsOf(a), slices.Sorted(maps.Keys(apart))...)
}

// ShowDefaults are the numbers that stand for 0 in the limits and the media of a section.
func ShowDefaults() (map[string]any, error) {
	filled := chat.Limits{}.Filled()
	d := SettingsOf(&chat.App{Limits: filled, Media: chat.Media{}.Filled()})
	all, err := shownSection(d)
	if err != nil {
		return nil, err
	}
	return map[string]any{"limits": all["limits"], "media": all["media"]}, nil
}

func shownSection(a App, without ...string) (map[string]any, error) {
	text, err := yaml.Marshal(a)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	for _, key := range without {
		delete(tree, key)
	}
	return tree, nil
}

// BadSettings are the problems as one text, a line for each.
func (p Problems) BadSettings() string { return p.Error() }

// Patch changes an app of the data folder by a merge patch of its section (RFC 7396): what is there
// replaces what was, sections are gone into, lists are replaced as a whole, and null puts the default
// in place, or removes what has a name of one's choice. A secret that shows as set stays as it is,
// and so does a certificate. Files of the server are not read: what they hold is given itself, in
// PEM. The error is [Problems], and then nothing has changed.
func Patch(a *chat.App, patch []byte) error {
	d := json.NewDecoder(bytes.NewReader(patch))
	d.UseNumber()
	var tree map[string]any
	if err := d.Decode(&tree); err != nil {
		return Problems{{"settings", "want an object"}}
	}
	var p Problems
	cleaned(&p, "", tree)
	for key, by := range apart {
		if _, ok := tree[key]; ok {
			p.add(key, "is not changed here, %s", by)
			delete(tree, key)
		}
	}
	s := SettingsOf(a)
	dec := decoder{problems: p}
	if err := merge(&s, tree); err != nil {
		return err
	}
	dec.value("", reflect.ValueOf(&s).Elem(), tree)
	s.Push.withCertificates(&a.Push)
	if list := s.JWT.PublicKeys; slices.ContainsFunc(list, func(k string) bool { return !isPEM(k) }) {
		dec.problems.add("jwt.public_keys", "want the keys themselves, in PEM")
	}
	if dec.problems == nil {
		s.check(&dec.problems, "")
	}
	for i := range dec.problems {
		dec.problems[i].Path = strings.TrimPrefix(dec.problems[i].Path, ".")
	}
	if err := dec.problems.err(); err != nil {
		return err
	}
	next, err := s.tenant(a.ID)
	if err != nil {
		return Problems{{"settings", err.Error()}}
	}
	next.Keys = a.Keys // in their order
	*a = next
	return nil
}

// isPEM reports whether a text is a key itself, and not the name of a file.
func isPEM(text string) bool { return strings.Contains(text, "-----BEGIN ") }

// cleaned makes the numbers of JSON those of YAML, and takes out what shows only that something is
// set, and files.
func cleaned(p *Problems, path string, tree map[string]any) {
	for _, key := range sorted(tree) {
		at := join(path, key)
		switch v := tree[key].(type) {
		case map[string]any:
			cleaned(p, at, v)
		case json.Number:
			if n, err := v.Int64(); err == nil && int64(int(n)) == n {
				tree[key] = int(n)
			} else {
				tree[key], _ = v.Float64()
			}
		case string:
			switch {
			case v == hidden || v == stored("x"):
				delete(tree, key)
			case strings.HasSuffix(key, "_file") && v != "" && !isPEM(v):
				p.add(at, "files of the server are not read here")
				delete(tree, key)
			}
		}
	}
}

// merge puts defaults in place of what a patch has null for, and takes that out of it; of sections
// with names of one's choice the patch has all then that is to be there.
func merge(s *App, patch map[string]any) error {
	now, err := shownSection(*s)
	if err != nil {
		return err
	}
	var plain App
	plain.setDefaults()
	mergeInto(reflect.ValueOf(s).Elem(), reflect.ValueOf(&plain).Elem(), now, patch)
	return nil
}

func mergeInto(to, plain reflect.Value, now, patch map[string]any) {
	fields, _ := fieldsOf(to)
	defaults, _ := fieldsOf(plain)
	for _, key := range sorted(patch) {
		field, ok := fields[key]
		if !ok {
			continue // it is reported where values are read
		}
		below, section := patch[key].(map[string]any)
		was, _ := now[key].(map[string]any)
		switch {
		case patch[key] == nil:
			field.Set(defaults[key])
			delete(patch, key)
		case section && field.Kind() == reflect.Map:
			patch[key] = merged(was, below)
		case section && field.Kind() == reflect.Struct:
			mergeInto(field, defaults[key], was, below)
		}
	}
}

// merged is RFC 7396's MergePatch of two objects.
func merged(was, patch map[string]any) map[string]any {
	to := maps.Clone(was)
	if to == nil {
		to = map[string]any{}
	}
	for key, v := range patch {
		below, section := v.(map[string]any)
		switch old, _ := to[key].(map[string]any); {
		case v == nil:
			delete(to, key)
		case section:
			to[key] = merged(old, below)
		default:
			to[key] = v
		}
	}
	return to
}
