package media

import (
	"context"
	"net/url"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Links gives the present addresses of a file to who may read a message that names it now, to
// who has sent it, and of an avatar to everybody of the app (spec/00 §5, media.url): 20022
// otherwise, and for one that is not there, or banned.
func (s *Service) Links(ctx context.Context, by chat.Actor, uuid string) (*Links, error) {
	if _, err := s.app(by.App); err != nil {
		return nil, err
	}
	id, ok := ParseID(uuid)
	if !ok {
		return nil, errGone()
	}
	o, err := object(ctx, s.read, by.App, id)
	if err == nil {
		o, err = s.settled(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if o == nil || o.State != ready || o.Banned {
		return nil, errGone()
	}
	if may, err := s.mayRead(ctx, by, o); err != nil || !may {
		if err == nil {
			err = errGone()
		}
		return nil, err
	}
	l := s.links(o)
	return &l, nil
}

// Download is a file that an address opens.
type Download struct {
	App     chat.AppID
	ID      ID
	Key     string // of the original, in the Store; see Derived
	Variant Variant
	Kind    Kind
	Name    string
	Mime    string // of the original
	Size    int64  // of the original
	Inline  bool   // a browser may show it
	ETag    string // strong, with its quotes
	Since   int64  // when it came, Unix seconds
	Until   int64  // when the address expires, Unix seconds; 0: never
}

// Download opens the address of a file, path being what follows /media/: 60004 when it is
// forged or has expired, 20022 for a file that is not there, or banned.
func (s *Service) Download(ctx context.Context, path string, query url.Values) (*Download, error) {
	o, p, err := s.opened(ctx, path, query, func(v Variant) bool {
		return v == Original || v == Large || v == Thumb || v == Face
	})
	if err == nil {
		o, err = s.settled(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if p.variant == Face {
		p.variant = Original
	}
	if o == nil || o.State != ready || o.Banned || p.variant != Original && !o.Kind.picture() {
		return nil, errGone()
	}
	until, _ := s.Addresses.valid(p, query)
	return &Download{
		App: o.App, ID: o.ID, Key: o.Key(), Variant: p.variant, Kind: o.Kind, Name: o.Name, Mime: o.Mime, Size: o.Size,
		Inline: o.Inline, ETag: `"` + string(o.ID) + "-" + string(p.variant) + `"`, Since: o.Since, Until: until,
	}, nil
}

// Condition of a file, for backends (spec/09 §F).
type Condition int

// The conditions.
const (
	Normal Condition = 0
	Banned Condition = 1
	Gone   Condition = 2
)

// Signed is an address for a backend, of the file and size that an address of ours names,
// expired or not; it is open for 15 minutes. Other addresses are of nothing we have.
func (s *Service) Signed(ctx context.Context, by chat.Actor, address string) (string, Condition, error) {
	o, p, err := s.addressed(ctx, by, address)
	switch {
	case err != nil && chat.CodeOf(err) != chat.CodeNoMessage:
		return "", Gone, err
	case err != nil || o.State != ready:
		return "", Gone, nil
	case o.Banned:
		return "", Banned, nil
	}
	if p.variant == Face || p.variant == toUpload {
		p.variant = Original
	}
	return s.Addresses.address(o.App, o.ID, p.variant, s.read.NowSec()+briefSeconds), Normal, nil
}

// addressed finds the file that an address names, whether it is valid or not.
func (s *Service) addressed(ctx context.Context, by chat.Actor, address string) (*Object, place, error) {
	if _, err := s.app(by.App); err != nil {
		return nil, place{}, err
	}
	if !by.Admin() {
		return nil, place{}, chat.Refuse(chat.CodeNeedAdmin, "")
	}
	p, _, ok := parseAddress(address)
	if !ok || p.app != by.App {
		return nil, p, errGone()
	}
	o, err := object(ctx, s.read, p.app, p.id)
	if err == nil {
		o, err = s.settled(ctx, o)
	}
	if err == nil && o == nil {
		err = errGone()
	}
	return o, p, err
}

// Ban has the file that an address names given out no more, or again: 20022 when it is none
// of ours.
func (s *Service) Ban(ctx context.Context, by chat.Actor, address string, on bool) error {
	o, p, err := s.addressed(ctx, by, address)
	if err != nil {
		return err
	}
	return s.read.Share(ctx, p.id.shard(o.App), 0, 512, func(ctx context.Context, t *ledger.Turn) error {
		o, err := object(ctx, t.Read, p.app, p.id)
		switch {
		case err != nil:
			return err
		case o == nil:
			return errGone()
		case o.Banned == on:
			return nil
		}
		now := *o
		now.Banned = on
		objects.Put(t, string(p.id), &now)
		return nil
	})
}
