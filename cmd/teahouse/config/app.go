package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
)

// Tenants returns the apps of a checked configuration as the core knows
// them, by ascending id. It reads the files with public keys.
func (c *Config) Tenants() ([]chat.App, error) {
	var list []chat.App
	for id, app := range c.Apps {
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("apps.%s: %w", id, err)
		}
		t, err := app.tenant(chat.AppID(n))
		if err != nil {
			return nil, fmt.Errorf("apps.%s: %w", id, err)
		}
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b chat.App) int { return int(int64(a.ID) - int64(b.ID)) })
	return list, nil
}

// allowTypePrefix begins every chat.AllowType.
const allowTypePrefix = "AllowType_Type_"

// allowTypes are the words of allow_type.
var allowTypes = []string{"AllowAny", "NeedConfirm", "DenyAny"}

func (a *App) tenant(id chat.AppID) (chat.App, error) {
	jwt, err := a.JWT.settings()
	if err != nil {
		return chat.App{}, err
	}
	push, err := a.Push.settings()
	if err != nil {
		return chat.App{}, err
	}
	t := chat.App{
		ID: id, Name: a.Name, Disabled: a.Disabled, Retention: a.Retention,
		JWT:      jwt,
		Webhook:  a.Webhook.settings(),
		Push:     push,
		Limits:   chat.Limits(a.Limits),
		Switches: a.Switches.settings(),
		Custom:   a.Custom.settings(),
		Login:    a.Login.settings(),
		Media:    a.Media.settings(),
	}
	if a.AllowType != "" {
		t.AllowType = chat.AllowType(allowTypePrefix + a.AllowType)
	}
	t.Switches.NoLiveBans = !a.Ban.LiveRooms
	t.Switches.NoAutoRegister = !a.Login.AutoRegister
	for _, name := range slices.Sorted(maps.Keys(a.Keys)) {
		k := a.Keys[name]
		t.Keys = append(t.Keys, chat.Key{ID: name, Secret: string(k.Secret), NotAfter: k.NotAfter})
	}
	for _, u := range a.Administrators {
		t.Admins = append(t.Admins, chat.UserID(u))
	}
	return t, nil
}

// Seal returns what seals the secrets of apps in the data folder; nil when the
// configuration has no key for it.
func (c *Config) Seal() (*core.Seal, error) {
	if c.Secrets.Key == "" {
		return nil, nil
	}
	return core.NewSeal(string(c.Secrets.Key))
}

// settings reads the files with public keys; a key itself, in PEM, is no file.
func (j *JWT) settings() (chat.JWT, error) {
	s := chat.JWT{Algorithms: j.Algorithms, Secret: string(j.Secret), JWKSFile: j.JWKSFile, JWKSURL: j.JWKSURL}
	for _, f := range j.PublicKeys {
		if isPEM(f) {
			s.PublicKeys = append(s.PublicKeys, f)
			continue
		}
		pem, err := os.ReadFile(f)
		if err != nil {
			return chat.JWT{}, fmt.Errorf("read public key: %w", err)
		}
		s.PublicKeys = append(s.PublicKeys, string(pem))
	}
	return s, nil
}

func (w *Webhook) settings() chat.Webhook {
	s := chat.Webhook{
		URL: w.URL, Token: string(w.Token), Events: map[string]bool{},
		FailStop: w.OnFailure == Refuse, Keep: w.Keep, TextEventTime: w.TextEventTime,
	}
	for _, e := range w.Events {
		if e == AllEvents {
			s.All = true
			continue
		}
		s.Events[e] = true
	}
	return s
}

func (s *Switches) settings() chat.Switches {
	return chat.Switches{
		ShowBlocked: s.ShowBlocked, LiveAdmins: s.LiveAdmins, LiveMemberList: s.LiveMemberList,
		LiveBroadcast: s.LiveBroadcast, MeetingUnread: s.MeetingUnread,
		NoEarlierHistory: typeSet(s.NoEarlierHistory), EarlierHistory: typeSet(s.EarlierHistory),
		InviteeConsent: typeSet(s.InviteeConsent),
		NewTypeNames:   s.NewTypeNames, NoCommunity: s.NoCommunity,
		ModifyCloudByMembers: s.ModifyCloudByMembers,
		InvisibleUserIDs:     s.InvisibleUserIDs, ASCIIUserIDs: s.ASCIIUserIDs,
		FriendsOnly: s.FriendsOnly, NoSearch: s.NoSearch, NoPushToMany: s.NoPushToMany,
	}
}

func (m *AppMedia) settings() chat.Media {
	return chat.Media{
		ImageBytes: int64(m.ImageBytes), FileBytes: int64(m.FileBytes),
		AppBytes: int64(m.AppBytes), AppFiles: int64(m.AppFiles),
		UserBytes: int64(m.UserBytes), UserFiles: int64(m.UserFiles),
	}
}

func (l *Login) settings() chat.Login {
	s := chat.Login{Policy: chat.LoginPolicy(l.Policy), Instances: map[chat.Platform]int{}}
	for p, n := range l.Instances {
		s.Instances[chat.Platform(p)] = n
	}
	return s
}

func typeSet(names []string) map[chat.GroupType]bool {
	set := map[chat.GroupType]bool{}
	for _, n := range names {
		set[chat.GroupType(n)] = true
	}
	return set
}
