"""Serializers of one class share what their fields are, and nothing that happens to them."""

from typing import Any

from rest_framework import serializers

from points.serializers import LeanSerializer, TransactionSerializer


class InnerSerializer(LeanSerializer):
    """Shows who asks."""

    viewer = serializers.SerializerMethodField()

    def get_viewer(self, row):
        return self.context["viewer"]


class OuterSerializer(LeanSerializer):
    """Has fields with fields of their own."""

    name = serializers.CharField()
    inner = InnerSerializer()
    several = InnerSerializer(many=True)
    numbers = serializers.ListField(child=serializers.IntegerField(max_value=9))


ROW = {"name": "a", "inner": {}, "several": [{}], "numbers": [1]}


def show(serializer):
    data = serializer.data
    return data["inner"]["viewer"], data["several"][0]["viewer"]


def test_two_at_once_keep_their_own_context():
    mia = OuterSerializer(ROW, context={"viewer": "mia"})
    leo = OuterSerializer(ROW, context={"viewer": "leo"})

    assert (show(mia), show(leo)) == (("mia", "mia"), ("leo", "leo"))


def test_a_change_to_one_leaves_the_next_as_it_was():
    changed: Any = OuterSerializer()
    changed.fields["name"].read_only = True
    changed.fields["numbers"].child.required = False
    del changed.fields["inner"]

    fields: Any = OuterSerializer().fields
    assert list(fields) == ["name", "inner", "several", "numbers"]
    assert not fields["name"].read_only
    assert fields["numbers"].child.required
    assert fields["numbers"].child.root is fields["numbers"].root


def test_the_faults_of_nested_values_name_their_place():
    serializer = OuterSerializer(data={"name": "a", "inner": {}, "several": [], "numbers": [10]})

    assert not serializer.is_valid()
    assert set(serializer.errors) == {"numbers"}
    assert set(serializer.errors["numbers"]) == {0}


def test_a_subclass_has_the_fields_it_adds():
    class More(OuterSerializer):
        more = serializers.CharField()

    assert "more" not in OuterSerializer().fields
    assert "more" in More().fields


def test_fields_that_come_from_a_model_are_the_same_each_time():
    assert list(TransactionSerializer().fields) == list(TransactionSerializer().fields)
    assert TransactionSerializer().fields["id"] is not TransactionSerializer().fields["id"]
