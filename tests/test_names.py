import pytest

from service.analysis.names import label
from triage.profile import Profile


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [("tag.dispatch_mode", "accepted", "采纳"), ("tag.dispatch_mode", "auto", "自动"), ("tag.state", "final", "已定责"),
     ("tag.town", "440783117", "水口镇"),
     ("tag.state", "", "无"), ("tag.crowd", "老年人", "老年人"), ("how", "overridden", "改派")],
)  # fmt: skip
def test_values_of_tags_have_the_words_of_the_dimension_that_they_repeat(kaiping: Profile, name: str, key: str, words: str) -> None:
    assert label(name, key, kaiping) == words
