package webhook

import "github.com/teahouse-im/teahouse/chat"

// The members of the webhooks about friends, blocklists and follows (spec/30 §6.2).

type friendItem struct {
	User    chat.UserID `json:"To_Account"`
	Remark  string
	Group   string `json:"GroupName"`
	Source  string `json:"AddSource"`
	Wording string `json:"AddWording"`
}

func friendItems(f *fact) any {
	list := make([]friendItem, len(f.Relation.Items))
	for i := range f.Relation.Items {
		n := &f.Relation.Items[i]
		list[i] = friendItem{n.User, n.Remark, firstOf(n.Groups), n.Source, n.Wording}
	}
	return list
}

func firstOf(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

func answeredItems(f *fact) any {
	type item struct {
		User   chat.UserID `json:"To_Account"`
		Remark string
		Tag    string            `json:"TagName"`
		Action chat.FriendAnswer `json:"ResponseAction"`
	}
	list := make([]item, len(f.Relation.Items))
	for i := range f.Relation.Items {
		n := &f.Relation.Items[i]
		list[i] = item{n.User, n.Remark, firstOf(n.Groups), f.Relation.Answer}
	}
	return list
}

func addType(single bool) string {
	if single {
		return "Add_Type_Single"
	}
	return "Add_Type_Both"
}

// pairs are the directions that changed; who asked for a friendship is named where there is
// one.
func pairs(f *fact) any {
	type pair struct {
		From      chat.UserID `json:"From_Account"`
		To        chat.UserID `json:"To_Account"`
		Initiator chat.UserID `json:"Initiator_Account,omitempty"`
	}
	list := make([]pair, len(f.Relation.Pairs))
	for i, p := range f.Relation.Pairs {
		list[i] = pair(p)
	}
	return list
}

func followed(f *fact) any {
	type one struct {
		User chat.UserID `json:"To_Account"`
	}
	list := make([]one, len(f.Relation.Pairs))
	for i, p := range f.Relation.Pairs {
		list[i].User = p.To
	}
	return list
}
