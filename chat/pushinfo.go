package chat

import (
	"encoding/json"

	"github.com/teahouse-im/teahouse/wire"
)

// maxPushBytes bounds an OfflinePushInfo: a choice, as much as a push payload can carry.
const maxPushBytes = 4096

// The members of OfflinePushInfo and of what lies in it (spec/09 A). Others pass: vendors
// have more of them.
var (
	pushForm = []elementField{
		{"PushFlag", wire.Number, optional},
		{"Title", wire.Text, optional},
		{"Desc", wire.Text, optional},
		{"Ext", wire.Text, optional},
		{androidInfo, wire.Object, optional},
		{apnsInfo, wire.Object, optional},
	}
	androidForm = []elementField{
		{"Sound", wire.Text, optional},
		{"HuaWeiChannelID", wire.Text, optional},
		{"XiaoMiChannelID", wire.Text, optional},
		{"OPPOChannelID", wire.Text, optional},
		{"GoogleChannelID", wire.Text, optional},
		{"VIVOClassification", wire.Number, optional},
		{"VIVOCategory", wire.Text, optional},
		{"HuaWeiCategory", wire.Text, optional},
		{"OPPOCategory", wire.Text, optional},
		{"HuaWeiImportance", wire.Text, optional},
		{"HonorImportance", wire.Text, optional},
		{"MeiZuNoticeMsgType", wire.Number, optional},
		{"OPPOPrivateMsgTemplateId", wire.Text, optional},
		{"ExtAsHuaweiIntentParam", wire.Number, optional},
	}
	apnsForm = []elementField{
		{"Sound", wire.Text, optional},
		{"BadgeMode", wire.Number, optional},
		{"Title", wire.Text, optional},
		{"SubTitle", wire.Text, optional},
		{"Image", wire.Text, optional},
		{"MutableContent", wire.Number, optional},
	}
)

const (
	androidInfo = "AndroidInfo"
	apnsInfo    = "ApnsInfo"
)

// CheckPush checks the form of an OfflinePushInfo: an object whose members, as far as they
// are known, have their types; null is absent. 90043 otherwise.
func CheckPush(info json.RawMessage) error {
	if LongerThan(info, maxPushBytes) || wire.KindOf(info) != wire.Object || !wire.Valid(info) {
		return Refuse(CodeBadPushInfo, "")
	}
	for _, part := range []struct {
		form   []elementField
		object []byte
	}{
		{pushForm, info},
		{androidForm, lastMember(info, androidInfo)},
		{apnsForm, lastMember(info, apnsInfo)},
	} {
		for _, f := range part.form {
			v := lastMember(part.object, f.name)
			if v != nil && v[0] != 'n' && wire.KindOf(v) != f.kind {
				return Refuse(CodeBadPushInfo, "%s of OfflinePushInfo has to be %s", f.name, kindNames[f.kind])
			}
		}
	}
	return nil
}
