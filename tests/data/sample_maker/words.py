"""The invented names and remarks that the sample uses, and the lists of words that may stay."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """Return the words of a list, written as one text to keep it readable."""
    return text.split()


def phrases(text: str) -> list[str]:
    """Return the phrases of a list, which are separated by bars."""
    return text.split("|")


# Words that are somebody's name or address but mean something else in a subject or a server's message.
ORDINARY_WORDS = frozenset(
    words(
        "admin centos change code commit core edit gerrit info initial jenkins list master merge message name "
        "open openbmc "
        "openstack patch power project review sample server service short state system test tran tripleo trunk user "
        "victoria will work zuul"
    )
)

NEUTRAL_WORDS = words(
    "amber basalt birch cedar cobalt copper coral delta ember fjord garnet granite harbour heron indigo juniper kelp "
    "lagoon lantern larch maple meadow nectar ochre opal orchard pebble plover quartz raven saffron sequoia sienna "
    "tamarind thistle topaz tundra umber velvet walnut willow yarrow zephyr"
)

# --------------------------------------------------------------------------------------------------------------------
# Invented people

PLAIN_GIVEN = words(
    "Alden Brielle Corwin Dahlia Everett Fenella Garrick Hollis Imogen Jarvis Kestrel Lorcan Maribel Nerys Orson "
    "Petra Quentin Rosalind Sylvan Tamsin Ulric Verity Wystan Xanthe Yorick Zelda"
)
PLAIN_FAMILY = words(
    "Ashgrove Birchall Calloway Dunmore Elderfield Fairweather Goldcrest Hathersage Inglewood Jessamy Kingsmere "
    "Larkspur Merriweather Nettlefold Oakhanger Pemberley Quillfeather Ravensworth Silverdale Thistlewood Underhay "
    "Vantongeren Winterbourne Yewdale"
)
ACCENT_NAMES = phrases(
    "Zoë Ångström-Vane|Bjørn Løvåsen|Řehoř Čermákovec|Françoise Delamêche|Iñaki Zubirreñe|Søren Kjærgårdsen|"
    "Małgorzata Wiśnieżyńska|Jürgen Weißhäupl|Þórdís Eyvindsdóttir|João Brandaço|Ilır Çelebışık|Anaïs Crèvecœur|"
    "Ødegård Brynhildsen|Šárka Křivoňová|Núria Puigdellívol|Tõnu Jõgevälja"
)
INITIAL_NAMES = phrases(
    "J. R. Okaforo|T. S. Wetherlam|M. K. Oduyale|A. B. Castellane|R. J. P. Hartnolle|D. Yoonsuk|S. V. Krishnabhan|"
    "E. L. Brandtner"
)
MONONYMS = phrases("Sukardjono|Wiraputra|Tuanku|Hartonosa|Bagaskoro|Myaing|Dzogchenpa|Kartawidja")
CHINESE_NAMES = phrases(
    "岳清禾|欧阳若溪|闻人子墨|苗语桐|柏一帆|澹台明远|荀知微|詹雨泽|鄢书瑶|仇星野|"
    "Ouyang Ruoxin|Qiu Xingyeh|Zhan Yuzelin|Xun Zhiweih|"
    "Miao Yutongh|Bo Yifanlu|Wenren Zimoh|Shangguan Xueqing|Dongfang Shuoyan|Tantai Mingyuh"
)
JAPANESE_NAMES = phrases(
    "五百旗頭 湊|小鳥遊 凪|四月一日 透子|Tsukumo Haruhiro|Takanashi Nagisako|月見里 朔|Warikoma Touka"
)
RTL_NAMES = phrases(
    "نورس الياقوتي|سديم البرّاق|ريحان الفيروزي|ليلاس القنديلي|נועם אלמוגי|שקד רביבון|תכלת ברקאיל|אופיר לבנוני"
)
CYRILLIC_NAMES = phrases("Светозар Яблоневский|Забава Перелётова|Остромир Звонарёв|Любомила Ольшанец|Ждан Камнеградов")
INDIAN_NAMES = phrases(
    "Anvikaa Thirumalesh|Devnarayan Kuttipala|Ishaanvi Ghoshtar|Meenakshi Vallabhapur|Raghavendu Patwarkar|"
    "Sharvani Nandakola|Tejomaya Iyengarula|Vedantik Bhagwatnal|Yamunashree Kolhapure|Omkareshwar Lingaiah|"
    "தமிழ்ச்செல்வி பூங்கோதையன்|आरोहिका वसुंधरे"
)
APOSTROPHE_NAMES = ("Saoirse O'Fallowmere", "D'Artois N'Guessabo")
HANDLES = phrases(
    "mosswright|quietlantern|bytefinch|nullharrier|tinkerwren|dusk_otter|pixelheron|ferrousfox|gitwhistle"
)
# Of 80 characters, the longest that many a form allows.
LONG_NAME = "Maximiliana-Theodosia Featherstonehaugh-Wolfeschlegelstein von und zu Aschenbach"

# Which style the next person gets; the cycle is walked over all people, in a shuffled order.
STYLE_CYCLE = words(
    "plain long plain accent plain chinese indian apostrophe plain initials cyrillic rtl plain mononym chinese plain "
    "japanese accent handle indian plain chinese"
)
POOLS: dict[str, list[str]] = {
    "accent": ACCENT_NAMES,
    "initials": INITIAL_NAMES,
    "mononym": MONONYMS,
    "chinese": CHINESE_NAMES,
    "japanese": JAPANESE_NAMES,
    "rtl": RTL_NAMES,
    "cyrillic": CYRILLIC_NAMES,
    "indian": INDIAN_NAMES,
    "apostrophe": list(APOSTROPHE_NAMES),
    "handle": HANDLES,
    "long": [LONG_NAME],
}

# --------------------------------------------------------------------------------------------------------------------
# Invented review talk: by length class of the paragraph that it replaces

SHORT_REMARKS = phrases(
    "Why is this needed?|Please add a unit test.|Could this be const?|Same comment as above.|This is unused now.|"
    "Should this be an error instead?|Can we drop this include?|Good point, changed.|Typo here.|Please split "
    "this line.|"
    "I'd keep the old name.|Is this thread safe?|Missing blank line.|What happens if it is empty?|Let's do that later.|"
    "Looks good to me.|Not needed any more.|Could you rebase this?|Will fix in the next patch set.|Not sure "
    "about this one.|"
    "Can we use a reference here?|Sorry, missed that.|This belongs in its own commit.|Does this build on its own?"
)
MEDIUM_REMARKS = phrases(
    "I think it would read better if this was moved into its own function.|"
    "We already have a helper that does nearly the same; could it be used here?|"
    "The commit message should say why this is changed, not only what is changed.|"
    "This returns before the lock is released, is that on purpose?|"
    "Please log the error and carry on, so that one bad entry does not stop all the others.|"
    "I tried it on my setup and it works, but the timeout looks rather short to me.|"
    "Agreed, but that is not part of this change. I'll send it as a follow-up.|"
    "Could you describe in the commit message how this was tested?|"
    "Please keep the list sorted, it makes later changes much easier to merge.|"
    "The default is different from what the documentation says; which of them is right?|"
    "This copies the whole container for each call. A view would do the same here.|"
    "There is a race between the check and the use, if the service restarts in between.|"
    "I would rather have an explicit option than one more build flag for this.|"
    "The new file needs a licence header, and the old one can go then.|"
    "Is there anything that still depends on the old behaviour? I could not find a user of it.|"
    "Let's wait for the other change to be merged first, then this needs only a rebase.|"
    "This looks right to me, though I'd like one more pair of eyes before it goes in.|"
    "Please do not reformat lines that this change does not touch otherwise.|"
    "An exception thrown from here ends the program, because nobody catches it.|"
    "Can the two branches be joined? They differ only in the last argument."
)
LONG_REMARKS = phrases(
    "I had a longer look at this and I am not convinced that the new interface is needed. The caller already knows the "
    "state at this point, so it could simply pass it on, and then we would not have to keep two copies in step.|"
    "This works as long as everything starts in the expected order. When the daemon is restarted later, the object is "
    "already there and the signal has been sent, so nobody will ever tell us. Reading the property once at start would "
    "cover both cases.|"
    "Thanks for the detailed explanation. I understand the reason now, but I would still like to see it in a comment, "
    "because the next reader will ask the same question. Two lines above the condition would be enough for me.|"
    "We had something very similar some time ago and took it out again, because it made the start noticeably slower on "
    "small machines. Could you measure how long it takes with and without this change, and add the numbers to the "
    "commit message?|"
    "The test passes here, but it also passes without the change. I think the mock accepts any argument, so it "
    "does not "
    "check what you want to check. If you set an expectation for the argument it should fail first and pass after.|"
    "I see three things mixed in here: a clean-up, a bug fix and a new feature. Each of them looks fine, but as one "
    "change it is hard to review and harder to revert. Please split it into a series, with the fix first, so that it "
    "can be merged right away.|"
    "The failure does not look related to this change. The same job failed in the same way for others since yesterday, "
    "and it went away after a second run. I'll start it once more, and if it fails again we need to look at the logs.|"
    "If I read the specification right, the value is allowed to be missing. In this case the code takes the "
    "first entry "
    "of an empty list. I would check for it here and return early, with a message at debug level, not as an error.|"
    "From the point of view of a user this is a change of behaviour: what used to be ignored is now refused. I am fine "
    "with that, but it should be announced, and there should be a way to get the old behaviour for a release or two.|"
    "I don't have the hardware to try this, so I can only go by the code. It follows the pattern of the other files in "
    "this folder and the numbers match the schematics that I know of. Somebody who has a board should confirm it."
)
RECHECK_REASONS = phrases(
    "timeout in the image build|mirror was out of sync|network trouble on the node|unrelated failure|"
    "dependency has been merged|disk was full"
)
# Answers that say nothing about who gave them stay as they are.
STOCK_ANSWERS = frozenset(
    phrases(
        "done|ack|acked|acknowledged|+1|-1|+2|nit|nit:|yes|no|ok|okay|thanks|thank "
        "you|ditto|fixed|lgtm|agreed|agree|sure|"
        "same|same here|removed|updated|yep|yup|please fix|marked as resolved|done, thanks|will do|👍|"
        "this change is ready for review"
    )
)
